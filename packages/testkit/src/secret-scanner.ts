import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'

/** A secret that was found where it must not be. Says which one, never what it is. */
export interface SecretLeak {
  /** What the secret was planted as. */
  readonly label: string
  /** Where it was found, as given to `look`. */
  readonly where: string
  /** In which form: `plain`, `part` (one half), `line`, `base64`, `hex`, `bytes`, `escaped` or `url`. */
  readonly form: string
}

/** Plants secrets that can be recognised and looks for them in everything a program shows. */
export interface SecretScanner {
  /** Makes a secret of 40 random hexadecimal digits to be used in a test. It does not contain its label. */
  plant(label: string): string
  /** Looks for a secret that was made elsewhere too: a PEM file, a token with a form of its own. At least 8 characters. */
  watch(label: string, secret: string): void
  /**
   * Looks for all secrets in a text, in bytes, or in anything else as a logger, a debugger or `JSON.stringify` would show
   * it, an error's stack and causes included. Finds them as they are, in half, line by line, as
   * bytes, in base64, hex, JSON and URL escapes.
   */
  look(where: string, shown: unknown): void
  /** What was found so far. */
  readonly leaks: readonly SecretLeak[]
  /** Throws when something was found, or when nothing was planted or looked at, which would prove nothing. */
  assertNone(): void
}

/** Makes a {@link SecretScanner}. */
export const createSecretScanner = (): SecretScanner => {
  const forms: { readonly label: string; readonly form: string; readonly text: string }[] = []
  const leaks: SecretLeak[] = []
  let looked = 0

  const scanner: SecretScanner = {
    plant(label) {
      const secret = randomBytes(20)
        .toString('hex')
        .replace(/^[0-9]/, 'k')
      scanner.watch(label, secret)
      return secret
    },
    watch(label, secret) {
      assert.ok(secret.length >= 8, `the secret ${label} is too short to be told from other text`)
      for (const [form, text] of formsOf(secret)) forms.push({ label, form, text })
    },
    look(where, shown) {
      looked += 1
      const text = textOf(shown)
      for (const { label, form, text: wanted } of forms) {
        const isKnown = leaks.some((leak) => leak.label === label && leak.where === where)
        if (!isKnown && text.includes(wanted)) leaks.push({ label, where, form })
      }
    },
    leaks,
    assertNone() {
      assert.ok(forms.length > 0 && looked > 0, 'nothing was planted or nothing was looked at')
      const found = leaks.map(({ label, where, form }) => `${label} in ${where} (${form})`)
      assert.ok(leaks.length === 0, `secrets were shown: ${found.join(', ')}`)
    },
  }
  return scanner
}

/** How a secret may look, the most telling first. */
const formsOf = (secret: string): readonly (readonly [string, string])[] => {
  const bytes = Buffer.from(secret)
  const half = Math.ceil(secret.length / 2)
  return [
    ['plain', secret],
    ['escaped', JSON.stringify(secret).slice(1, -1)],
    ['url', encodeURIComponent(secret)],
    ['hex', bytes.toString('hex')],
    ...[0, 1, 2].map((offset) => ['base64', base64At(bytes, offset)] as const),
    ...[0, 1, 2].map(
      (offset) => ['base64', base64At(bytes, offset).replaceAll('+', '-').replaceAll('/', '_')] as const,
    ),
    // Half of a short secret is a word that may stand anywhere.
    ['bytes', [...bytes].join(', ')],
    ['bytes', [...bytes].join(',')],
    ['bytes', (bytes.toString('hex').match(/../g) ?? []).join(' ')],
    ...linesOf(secret).map((line) => ['line', line] as const),
    ...(half < 12 ? [] : [['part', secret.slice(0, half)] as const, ['part', secret.slice(half)] as const]),
  ]
}

/** The telling lines of a secret of several lines, which may be shown apart. */
const linesOf = (secret: string): readonly string[] => {
  const lines = secret.split(/\r?\n/)
  return lines.length === 1 ? [] : lines.filter((line) => line.length >= 16 && !line.startsWith('-----'))
}

/** The part of the base64 text that is the same whatever stands around the bytes, if they begin `offset` into a group. */
const base64At = (bytes: Buffer, offset: number): string => {
  const text = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString('base64')
    .replaceAll('=', '')
  return text.slice(offset === 0 ? 0 : 4, -1)
}

const textOf = (shown: unknown): string => {
  if (typeof shown === 'string') return shown
  if (shown instanceof Uint8Array)
    return `${Buffer.from(shown).toString('utf8')}\n${Buffer.from(shown).toString('latin1')}`
  const inspected = inspect(shown, {
    depth: 20,
    showHidden: true,
    maxStringLength: null,
    maxArrayLength: null,
    compact: true,
    breakLength: Number.POSITIVE_INFINITY,
  })
  return `${inspected}\n${jsonOf(shown)}\n${shown instanceof Error ? shown.stack : ''}`
}

const jsonOf = (shown: unknown): string => {
  try {
    return JSON.stringify(shown) ?? ''
  } catch {
    return ''
  }
}
