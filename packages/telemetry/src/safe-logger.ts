import type { LogFields, Logger } from '@holdfast/contracts'

/** The same logger, for places where one that throws must not become the failure of what is logged. */
export const safeLogger = (logger: Logger): Logger => {
  const safely =
    (level: keyof Logger) =>
    (fields: LogFields, message: string): void => {
      try {
        logger[level](fields, message)
      } catch {
        // There is nowhere else to say so.
      }
    }
  return { debug: safely('debug'), info: safely('info'), warn: safely('warn'), error: safely('error') }
}
