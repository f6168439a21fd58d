/** Fields of a log line. Ids, scopes, codes and counts; never a value. */
export type LogFields = Readonly<Record<string, unknown>>

/** Where log lines go: fields first, then the message. A pino logger is one as it is. */
export interface Logger {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
}

const ignore = (): void => {}

/** Drops every line: the default of every `logger` option. */
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore }
