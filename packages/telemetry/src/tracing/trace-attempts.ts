import type { EventSource } from '@holdfast/contracts'
import { trace } from '@opentelemetry/api'
import type { AttemptEvents } from '../calls/attempt-events.ts'

/**
 * Puts each failed attempt as an event `attempt.failed` on the span that is active where it failed, which is that of the
 * whole operation when the tracing layer stands outside of the retries. Answers a function that ends it.
 */
export const traceAttempts = (attempts: EventSource<AttemptEvents>): (() => void) =>
  attempts.on('attempt.failed', ({ attempt, code, delayMs }) => {
    const span = trace.getActiveSpan()
    if (span === undefined || !span.isRecording()) return
    span.addEvent('attempt.failed', {
      'holdfast.attempt': attempt,
      ...(code === undefined ? {} : { 'error.type': code }),
      ...(delayMs === undefined ? {} : { 'holdfast.delay_ms': Math.round(delayMs) }),
    })
  })
