import { credentialRecords, sampleRecord } from '@holdfast/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maxValueBytes, readTags, readValue, toSecretContent } from './secret-content.ts'

const nothing = (): void => {}
const seal = { format: 1, vaultId: 'v', keyId: 'k' }
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('what stands in Key Vault', () => {
  it('gives any record back', () => {
    fc.assert(
      fc.property(credentialRecords(), (record) => {
        const { value, contentType, tags } = toSecretContent(record, 'v1', {}, nothing)
        expect(Object.keys(tags).length).toBeLessThanOrEqual(15)
        for (const text of Object.values(tags)) expect(text.length).toBeLessThanOrEqual(256)
        expect(readTags(tags, record.metadata.id)).toEqual({ version: 'v1', metadata: record.metadata })
        expect(readValue(value, contentType)).toEqual(new Uint8Array(record.value))
      }),
    )
  })

  it('is the value itself where it is readable text, and base64 where it is sealed', () => {
    const readable = sampleRecord('a', { value: bytes('grüße') })
    expect(toSecretContent(readable, 'v', {}, nothing)).toMatchObject({ value: 'grüße', contentType: 'text/plain' })
    const sealed = sampleRecord('a', { value: bytes('grüße'), seal })
    expect(toSecretContent(sealed, 'v', {}, nothing).value).toBe(Buffer.from('grüße').toString('base64'))
    expect(toSecretContent(sampleRecord('a', { value: new Uint8Array(0) }), 'v', {}, nothing).value).not.toBe('')
  })

  it('shows tags of the credential and default tags as far as there is room, and says which were left out', () => {
    const tags = Object.fromEntries(Array.from({ length: 15 }, (_, index) => [`tag-${index}`, 'x']))
    const skipped: string[] = []
    const content = toSecretContent(sampleRecord('a', { tags }), 'v', { stage: 'test' }, (names) =>
      skipped.push(...names),
    )
    expect(content.tags).toMatchObject({ stage: 'test', 'tag-0': 'x' })
    expect(Object.keys(content.tags)).toHaveLength(15)
    expect(skipped.length).toBeGreaterThan(0)
    const read = readTags(content.tags, 'a')
    expect('metadata' in read && read.metadata.tags).toEqual(tags)
  })

  it('never takes a tag of the credential for its own', () => {
    const record = sampleRecord('a', { tags: { 'holdfast-0': 'mine', 'Holdfast-1': 'mine' } })
    const { tags } = toSecretContent(record, 'v', {}, nothing)
    expect(readTags(tags, 'a')).toEqual({ version: 'v', metadata: record.metadata })
  })

  it('cuts no character in half', () => {
    const record = sampleRecord('a', { tags: { long: '🔑'.repeat(400) } })
    const { tags } = toSecretContent(record, 'v', {}, nothing)
    for (const text of Object.values(tags)) expect(text.isWellFormed()).toBe(true)
    expect(readTags(tags, 'a')).toEqual({ version: 'v', metadata: record.metadata })
  })

  it('takes the most that fits and refuses more before anything is sent', () => {
    const largest = sampleRecord('a', { value: new Uint8Array(maxValueBytes), seal })
    expect(toSecretContent(largest, 'v', {}, nothing).value).toHaveLength(25 * 1024)
    const tags = { huge: 'x'.repeat(4000) }
    expect(() => toSecretContent(sampleRecord('a', { tags }), 'v', {}, nothing)).toThrow(/metadata.*3840 are allowed/)
    const text = sampleRecord('a', { value: bytes('x'.repeat(25 * 1024 + 1)) })
    expect(() => toSecretContent(text, 'v', {}, nothing)).toThrow(/value.*25600 are allowed/)
  })

  it.each<[string, Record<string, string> | undefined]>([
    ['no tags', undefined],
    ['tags of somebody else', { team: 'x' }],
    ['a tag that is no JSON', { 'holdfast-0': 'planted-nonsense' }],
    ['a later format', { 'holdfast-0': '[2,"v",{}]' }],
    ['no version', { 'holdfast-0': '[1,5,{}]' }],
    ['no metadata', { 'holdfast-0': '[1,"v",null]' }],
    ['metadata of another credential', toSecretContent(sampleRecord('b'), 'v', {}, nothing).tags],
  ])('with %s is no record', (_, tags) => {
    const read = readTags(tags, 'a')
    expect(read).toHaveProperty('problem')
    expect(JSON.stringify(read)).not.toContain('planted')
  })

  it('is unreadable when a value is not base64 and should be', () => {
    expect(readValue('%%%', 'application/vnd.holdfast.base64')).toBeUndefined()
  })
})
