import type { Problems } from '@holdfast/contracts'

/** Host and port of a server. */
export interface TcpTarget {
  readonly host: string
  readonly port: number
}

/** Ports that URLs leave out. */
const defaultPorts: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 }

/** Reads host and port out of a URL, or checks those that are given. What is wrong goes to the problems. */
export const parseTcpTarget = (given: string | TcpTarget, problems: Problems): TcpTarget => {
  const target = typeof given === 'string' ? targetOfUrl(given) : given
  problems.require(target.host !== '', 'target.host', target.host, 'the name or address of a host')
  const isPort = Number.isInteger(target.port) && target.port >= 1 && target.port <= 65_535
  problems.require(isPort, 'target.port', target.port, 'a port from 1 to 65535')
  return target
}

const targetOfUrl = (text: string): TcpTarget => {
  if (!URL.canParse(text)) return { host: '', port: 0 }
  const url = new URL(text)
  // An IPv6 address stands in brackets there, and sockets want it without.
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  return { host, port: url.port === '' ? (defaultPorts[url.protocol] ?? 0) : Number(url.port) }
}
