import type { LogFields, Logger } from '@holdfast/contracts'

/** A line of a {@link RecordingLogger}. */
export interface LogLine {
  readonly level: keyof Logger
  readonly fields: LogFields
  readonly message: string
}

/** A logger that keeps its lines. */
export interface RecordingLogger extends Logger {
  readonly lines: LogLine[]
}

/** Makes a {@link RecordingLogger}. */
export const createRecordingLogger = (): RecordingLogger => {
  const lines: LogLine[] = []
  const at =
    (level: keyof Logger) =>
    (fields: LogFields, message: string): void => {
      lines.push({ level, fields, message })
    }
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
