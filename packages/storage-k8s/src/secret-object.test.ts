import { credentialRecords, sampleRecord } from '@holdfast/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createSecretNames,
  readRecord,
  readSummary,
  type SecretObject,
  type SecretTemplate,
  toSecretObject,
} from './secret-object.ts'

const names = createSecretNames('holdfast')
const template: SecretTemplate = { prefix: 'holdfast', labels: {}, annotations: {}, immutable: false }

// What is written has the shape of what is read.
const objectOf = (record: Parameters<typeof toSecretObject>[1], more: Partial<SecretTemplate> = {}): SecretObject =>
  toSecretObject(names.nameOf(record.metadata.id), record, { ...template, ...more }, '7') as SecretObject

describe('a secret', () => {
  it('gives any record back', () => {
    fc.assert(
      fc.property(credentialRecords(), (record) => {
        const object = objectOf(record)
        expect(object.metadata.name).toMatch(/^[a-z0-9](?:[a-z0-9-]{0,251}[a-z0-9])?$/)
        expect(readRecord(record.metadata.id, object)).toEqual({ ...record, value: new Uint8Array(record.value) })
        expect(readSummary(names, object)).toEqual({
          id: record.metadata.id,
          version: '7',
          metadata: record.metadata,
        })
      }),
    )
  })

  it('holds the value where other programs look for it', () => {
    const object = objectOf(sampleRecord('db/main', { value: new TextEncoder().encode('s3cret') }))
    expect(object.data).toEqual({ value: Buffer.from('s3cret').toString('base64') })
  })

  it('carries the labels and annotations that were asked for, and those that find it', () => {
    const { metadata } = objectOf(sampleRecord('a', { tags: { team: 'core' } }), {
      labels: { stage: 'prod' },
      annotations: { 'example.com/owner': 'x' },
    })
    expect(metadata.labels).toEqual({
      'app.kubernetes.io/managed-by': 'holdfast',
      'holdfast.dev/store': 'holdfast',
      'tag.holdfast.dev/team': 'core',
      stage: 'prod',
    })
    expect(metadata.annotations).toMatchObject({ 'example.com/owner': 'x' })
  })

  it('differs with every write, also of the same record', () => {
    const record = sampleRecord('a')
    expect(objectOf(record)).not.toEqual(objectOf(record))
  })

  it.each<[string, Partial<SecretObject['metadata']>, SecretObject['data']]>([
    ['without metadata', { annotations: {} }, { value: '' }],
    ['with metadata that is no JSON', { annotations: { 'holdfast.dev/metadata': 'planted' } }, { value: '' }],
    ['of another credential', objectOf(sampleRecord('other')).metadata, { value: '' }],
    ['without the value', objectOf(sampleRecord('a')).metadata, { password: 'cGxhbnRlZA==' }],
  ])('%s is no record, and is told without showing it', (_, metadata, data) => {
    const read = readRecord('a', { metadata: { ...metadata, name: 'x' }, ...(data === undefined ? {} : { data }) })
    expect(read).toHaveProperty('problem')
    expect(JSON.stringify(read)).not.toContain('planted')
  })

  it('with the name of a hash that is not that of its metadata is not ours', () => {
    const { metadata } = objectOf(sampleRecord('x'.repeat(300)))
    expect(readSummary(names, { metadata })?.id).toBe('x'.repeat(300))
    const forged = { ...metadata, annotations: objectOf(sampleRecord('y'.repeat(300))).metadata.annotations ?? {} }
    expect(readSummary(names, { metadata: forged })).toBeUndefined()
  })
})
