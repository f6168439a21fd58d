import type { LogFields, Logger } from '@holdfast/contracts'

/** The same logger for code that must not be broken by it: what it throws is dropped, because there is nowhere else to say so. */
export const forgivingLogger = (logger: Logger): Logger => {
  const forgiving =
    (level: keyof Logger) =>
    (fields: LogFields, message: string): void => {
      try {
        logger[level](fields, message)
      } catch {
        // See above.
      }
    }
  return { debug: forgiving('debug'), info: forgiving('info'), warn: forgiving('warn'), error: forgiving('error') }
}
