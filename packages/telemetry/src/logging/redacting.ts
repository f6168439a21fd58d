import type { LogFields, Logger } from '@holdfast/contracts'
import { type RedactFieldsOptions, redactFields, redactLogText } from './redact-fields.ts'

/** A logger that may say which levels it keeps; a pino logger does. */
export interface LevelledLogger extends Logger {
  /** Whether a line of this level goes anywhere. Nothing is built for one that does not. */
  isLevelEnabled?(level: string): boolean
}

const levels = ['debug', 'info', 'warn', 'error'] as const

/**
 * Wraps a logger so that no line carries a secret: fields and messages are copied with Secrets, fields named like secrets,
 * tokens in texts and everything unsafe of errors and their causes taken out. Useful around any logger that is handed
 * to code you do not know. Lines of a level that the logger drops cost nothing. What the logger throws is thrown.
 */
export const redacting = (logger: LevelledLogger, options: RedactFieldsOptions = {}): LevelledLogger => {
  const { redact = redactLogText } = options
  const at =
    (level: (typeof levels)[number]) =>
    (fields: LogFields, message: string): void => {
      if (logger.isLevelEnabled?.(level) === false) return
      logger[level](redactFields(fields, options), redact(message))
    }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    isLevelEnabled: (level) => logger.isLevelEnabled?.(level) ?? true,
  }
}
