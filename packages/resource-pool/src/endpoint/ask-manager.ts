import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { type CallOptions, cancellationError, HoldfastError } from '@holdfast/contracts'
import type { ManagerSnapshot } from '../manager/manager-snapshot.ts'
import { source } from '../pool-errors.ts'

/** How long an endpoint may take: it answers from memory, so one that needs longer hangs. */
const answerWithinMs = 5000

/** The page of the endpoint. */
export const snapshotPath = '/v1/manager'

/** Asks a running manager for its snapshot. Errors: UNAVAILABLE when nobody answers at the socket, TIMEOUT, CANCELLED, UNSUPPORTED when it speaks another protocol, INTERNAL when it cannot describe itself. */
export const askManager = async (socketPath: string, { signal }: CallOptions = {}): Promise<ManagerSnapshot> => {
  const timeout = AbortSignal.timeout(answerWithinMs)
  const signals = signal === undefined ? [timeout] : [signal, timeout]
  let text: string
  let status: number | undefined
  try {
    const sent = request({ socketPath, path: snapshotPath, signal: AbortSignal.any(signals) }).end()
    // The event comes with the answer.
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    status = response.statusCode
    text = await textOf(response)
  } catch (cause) {
    if (signal?.aborted) throw cancellationError(signal, { source, operation: 'askManager' })
    throw timeout.aborted ? slow(socketPath) : nobody(socketPath, cause)
  }
  if (status === 500) throw silent(socketPath)
  return parsed(text, socketPath)
}

const textOf = async (response: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = []
  for await (const part of response) parts.push(part)
  return Buffer.concat(parts).toString('utf8')
}

const parsed = (text: string, socketPath: string): ManagerSnapshot => {
  try {
    const snapshot: unknown = JSON.parse(text)
    // Checked here: every snapshot of this protocol has these fields.
    if (typeof snapshot === 'object' && snapshot !== null && Reflect.get(snapshot, 'protocol') === 1) {
      return snapshot as ManagerSnapshot
    }
  } catch {
    // Told below, like any other answer that is none.
  }
  throw failure(
    'UNSUPPORTED',
    `What answers at ${socketPath} does not speak the protocol of this version.`,
    'Use the command line of the version that the service has.',
  )
}

const slow = (socketPath: string): HoldfastError =>
  failure(
    'TIMEOUT',
    `The service at ${socketPath} did not answer within ${answerWithinMs} ms.`,
    'Its event loop is blocked, or it was stopped by a debugger.',
  )

const silent = (socketPath: string): HoldfastError =>
  failure(
    'INTERNAL',
    `The service at ${socketPath} could not describe itself.`,
    'Something that it asks for its state threw: look at the `state` of the policies in its `layers`.',
  )

const nobody = (socketPath: string, cause: unknown): HoldfastError =>
  failure(
    'UNAVAILABLE',
    `Nobody answers at ${socketPath}.`,
    'Start the service with run({ inspectAs }) or serveManager, as the same user.',
    cause,
  )

const failure = (
  code: 'UNSUPPORTED' | 'TIMEOUT' | 'UNAVAILABLE' | 'INTERNAL',
  message: string,
  hint: string,
  cause?: unknown,
): HoldfastError => new HoldfastError({ code, source, operation: 'askManager', message, hint, cause })
