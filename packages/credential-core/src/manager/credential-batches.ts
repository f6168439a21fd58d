import { type BatchResult, createProblems, runBatch } from '@holdfast/contracts'
import type { CredentialCallOptions } from './credential-manager.ts'
import { type ManagerCore, observed } from './manager-core.ts'

/** Runs a batch: bounded, told of as a whole at the end, each of its parts traced and told of when it fails. */
export const runCredentialBatch = <I, T>(
  core: ManagerCore,
  operation: string,
  items: readonly I[],
  idOf: (item: I) => string,
  work: (item: I, options: CredentialCallOptions) => Promise<T>,
  options: CredentialCallOptions,
): Promise<BatchResult<T>> =>
  core.closer.run(operation, async () => {
    const problems = createProblems('credential-core', operation)
    problems.require(Array.isArray(items), 'items', items, 'an array')
    problems.throwIfAny()
    const { context, deadline } = options
    // What is in flight when `close` runs out of patience is told to stop, and nothing more is begun.
    const signal =
      options.signal === undefined ? core.closer.expired : AbortSignal.any([options.signal, core.closer.expired])
    const part = { ...options, signal, deadline }
    const result = await runBatch(
      items,
      idOf,
      (item) => observed(core, operation, idOf(item), context, () => work(item, part)),
      {
        concurrency: core.batchConcurrency,
        signal,
        source: 'credential-core',
        operation,
      },
    )
    const { succeeded, failed } = result
    core.logger.info({ operation, succeeded, failed }, 'batch completed')
    core.audit.hub.emit('batch.completed', () => ({ ...core.audit.stamp(context), operation, succeeded, failed }))
    return result
  })
