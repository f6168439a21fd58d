/** A channel of `node:diagnostics_channel`, where events are published for agents that nobody has wired up. */
export interface EventChannel {
  /** Whether anybody listens. Reading it costs a nanosecond: build nothing while it is false. */
  readonly hasSubscribers: boolean
  publish(message: unknown): void
}

/** Where there is no such thing, as in a browser. */
const silentChannel: EventChannel = { hasSubscribers: false, publish() {} }

/**
 * The channel `holdfast.<source>.<event>`, such as `holdfast.resilience.circuit.changed`; in a browser one that nobody can
 * listen to. The module of Node is asked for at run time, so that nothing here has to be bundled for a browser.
 */
export const eventChannel = (source: string, event: string): EventChannel => {
  const node: unknown = Reflect.get(globalThis, 'process')
  const getBuiltinModule: unknown = Reflect.get(Object(node), 'getBuiltinModule')
  if (typeof getBuiltinModule !== 'function') return silentChannel
  const diagnostics: unknown = Reflect.apply(getBuiltinModule, node, ['node:diagnostics_channel'])
  const channel: unknown = Reflect.get(Object(diagnostics), 'channel')
  if (typeof channel !== 'function') return silentChannel
  // A channel of Node has these two.
  return Reflect.apply(channel, diagnostics, [`holdfast.${source}.${event}`]) as EventChannel
}
