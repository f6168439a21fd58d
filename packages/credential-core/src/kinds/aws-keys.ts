import type { CredentialKind } from './credential-kind.ts'
import { defineKind } from './define-kind.ts'
import { readFields } from './read-fields.ts'
import { tokenProblem } from './text-rules.ts'

/** Access keys of AWS. */
export interface AwsKeys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Comes with temporary keys, whose id begins with ASIA. */
  readonly sessionToken?: string
  readonly region?: string
}

/**
 * Long-term (AKIA…) or temporary (ASIA…) access keys. The prefixes are those of
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html, an id has 20 characters, a secret key 40.
 */
export const awsKeys: CredentialKind<AwsKeys> = defineKind<AwsKeys>({
  name: 'aws-keys',
  read: (value) => {
    const { fields, problems } = readFields(value, {
      accessKeyId: {
        type: 'string',
        check: (id) =>
          /^A(?:KIA|SIA)[A-Z0-9]{16}$/.test(String(id))
            ? undefined
            : 'must be AKIA or ASIA and 16 capital letters or digits',
      },
      secretAccessKey: {
        type: 'string',
        check: (key) => (/^[A-Za-z0-9/+=]{40}$/.test(String(key)) ? undefined : 'must be 40 characters of base64'),
      },
      sessionToken: { type: 'string', optional: true, check: tokenProblem },
      region: {
        type: 'string',
        optional: true,
        check: (region) =>
          /^[a-z]{2,}(?:-[a-z]+)+-\d+$/.test(String(region)) ? undefined : 'must be a region such as eu-west-1',
      },
    })
    if (problems !== undefined) return { problems }
    if (String(fields.accessKeyId).startsWith('ASIA') && fields.sessionToken === undefined) {
      return { problems: ['sessionToken is missing, which temporary keys (ASIA…) need'] }
    }
    // readFields has kept only these fields, each a string.
    return { value: fields as unknown as AwsKeys }
  },
})
