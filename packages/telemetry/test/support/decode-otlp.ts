/** A span as it went over the wire. */
export interface ExportedSpan {
  readonly scope: string
  readonly service: unknown
  readonly traceId: string
  readonly spanId: string
  /** Empty for a root. */
  readonly parentSpanId: string
  readonly name: string
  /** 1 internal, 2 server, 3 client. */
  readonly kind: number
  readonly durationNanoseconds: bigint
  readonly attributes: Readonly<Record<string, unknown>>
  readonly events: readonly { readonly name: string; readonly attributes: Readonly<Record<string, unknown>> }[]
  /** 0 unset, 1 ok, 2 error. */
  readonly statusCode: number
  readonly statusMessage: string
}

/**
 * Reads an ExportTraceServiceRequest by the field numbers of opentelemetry-proto 1.x (`trace/v1/trace.proto`,
 * `common/v1/common.proto`), without the code that wrote it.
 */
export const decodeExportedSpans = (bytes: Uint8Array): readonly ExportedSpan[] =>
  messages(read(bytes), 1).flatMap((resourceSpans) => {
    const resource = attributesOf(messages(resourceSpans, 1).flatMap((each) => messages(each, 1)))
    return messages(resourceSpans, 2).flatMap((scopeSpans) => {
      const scope = messages(scopeSpans, 1)
        .map((each) => text(each, 1))
        .join()
      return messages(scopeSpans, 2).map((span) => spanOf(span, scope, resource['service.name']))
    })
  })

const spanOf = (span: Message, scope: string, service: unknown): ExportedSpan => {
  const status = messages(span, 15)[0] ?? []
  return {
    scope,
    service,
    traceId: hex(span, 1),
    spanId: hex(span, 2),
    parentSpanId: hex(span, 4),
    name: text(span, 5),
    kind: number(span, 6),
    durationNanoseconds: fixed(span, 8) - fixed(span, 7),
    attributes: attributesOf(messages(span, 9)),
    events: messages(span, 11).map((event) => ({
      name: text(event, 2),
      attributes: attributesOf(messages(event, 3)),
    })),
    statusCode: number(status, 3),
    statusMessage: text(status, 2),
  }
}

/** KeyValue { key = 1, value = 2 }, AnyValue { string = 1, bool = 2, int = 3, double = 4 }. */
const attributesOf = (keyValues: readonly Message[]): Readonly<Record<string, unknown>> =>
  Object.fromEntries(keyValues.map((keyValue) => [text(keyValue, 1), anyValue(messages(keyValue, 2)[0] ?? [])]))

const anyValue = (message: Message): unknown => {
  const [field] = message
  if (field === undefined) return undefined
  if (field.number === 1) return text(message, 1)
  if (field.number === 2) return field.value === 1n
  if (field.number === 3) return Number(BigInt.asIntN(64, BigInt(String(field.value))))
  if (field.number === 4) return doubleOf(field.value)
  return `an AnyValue of kind ${field.number}`
}

/** A field as it stands on the wire: a varint, eight bytes, or bytes of a given length. */
interface Field {
  readonly number: number
  readonly value: bigint | Uint8Array
}

type Message = readonly Field[]

/** https://protobuf.dev/programming-guides/encoding/ */
const read = (bytes: Uint8Array): Message => {
  const fields: Field[] = []
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  const varint = (): bigint => {
    let result = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = view.getUint8(at++)
      result |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return result
    }
  }
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw new Error('a field is longer than its message')
    at += length
    return bytes.subarray(at - length, at)
  }
  while (at < bytes.length) {
    const tag = Number(varint())
    const wireType = tag & 7
    const value = wireType === 0 ? varint() : take(wireType === 1 ? 8 : wireType === 5 ? 4 : lengthOf(wireType, varint))
    fields.push({ number: tag >>> 3, value })
  }
  return fields
}

const lengthOf = (wireType: number, varint: () => bigint): number => {
  if (wireType !== 2) throw new Error(`wire type ${wireType} is none that proto3 writes`)
  return Number(varint())
}

const values = (message: Message, number: number): readonly (bigint | Uint8Array)[] =>
  message.filter((field) => field.number === number).map((field) => field.value)

const bytesOf = (value: bigint | Uint8Array | undefined): Uint8Array =>
  value instanceof Uint8Array ? value : new Uint8Array()

const messages = (message: Message, number: number): readonly Message[] =>
  values(message, number).map((value) => read(bytesOf(value)))

const text = (message: Message, number: number): string =>
  new TextDecoder('utf-8', { fatal: true }).decode(bytesOf(values(message, number)[0]))

const hex = (message: Message, number: number): string =>
  Buffer.from(bytesOf(values(message, number)[0])).toString('hex')

const number = (message: Message, field: number): number => Number(values(message, field)[0] ?? 0)

const fixed = (message: Message, number: number): bigint =>
  Buffer.from(bytesOf(values(message, number)[0])).readBigUInt64LE()

const doubleOf = (value: bigint | Uint8Array): number => Buffer.from(bytesOf(value)).readDoubleLE()
