import type { Clock, Logger } from '@holdfast/contracts'
import { namePrefixPattern } from '@holdfast/contracts/credentials'
import { z } from 'zod'
import type { ClusterConfig } from './cluster-config.ts'
import { isLabelName, isLabelValue } from './labels.ts'

/** Namespaces are RFC 1123 labels: up to 63 lower-case letters, digits and hyphens (https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names). */
const namespacePattern = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/** Longest prefix: object names have 253 characters, and a hash with its marks takes 69 of them. */
export const maxPrefixLength = 180

const namespaceAllowed = 'up to 63 lower-case letters, digits and hyphens, beginning and ending with a letter or digit'
const prefixAllowed = `up to ${maxPrefixLength} lower-case letters and digits in parts joined by single hyphens, none of them p alone`
const labelValueAllowed = 'up to 63 letters, digits, hyphens, dots and underscores'

const text = (allowed: string): z.ZodString => z.string(allowed).min(1, allowed)

const isObjectWith =
  (...names: readonly string[]) =>
  (value: unknown): boolean =>
    typeof value === 'object' && value !== null && names.every((name) => typeof Reflect.get(value, name) === 'function')

/** The options of `createK8sStorage`; `config` makes the editors' JSON Schema from it. */
export const k8sStorageOptionsSchema = z
  .strictObject({
    /** Everything is in this namespace and nothing outside it is ever asked for. Default `default`. */
    namespace: z.string(namespaceAllowed).regex(namespacePattern, namespaceAllowed).default('default'),
    /** The kubeconfig file, or several that are merged, with the delimiter of PATH between them as in KUBECONFIG. Default, without `inCluster` and `kubeConfig`: as kubectl finds it (KUBECONFIG, ~/.kube/config), else the cluster this runs in. */
    kubeconfigFile: text('the path of a kubeconfig file').optional(),
    /** The context of the kubeconfig. Default: its current one. */
    context: text('the name of a context of the kubeconfig').optional(),
    /** Uses the service account of the pod this runs in. Default false. */
    inCluster: z.boolean('true or false').default(false),
    /** A configuration that was loaded already: a `KubeConfig` of @kubernetes/client-node. */
    kubeConfig: z
      .custom<ClusterConfig>(
        isObjectWith('applyToHTTPSOptions', 'getCurrentCluster'),
        'a KubeConfig of @kubernetes/client-node',
      )
      .optional(),
    /** Stands in front of every name, so that several stores share a namespace: lower-case letters, digits and single hyphens, up to 180. Default `holdfast`. */
    prefix: z
      .string(prefixAllowed)
      .max(maxPrefixLength, prefixAllowed)
      .regex(namePrefixPattern, prefixAllowed)
      .default('holdfast'),
    /** Labels of every secret beside its own. Default none. */
    labels: z
      .record(
        z.string().refine(isLabelName),
        z.string(labelValueAllowed).refine(isLabelValue, labelValueAllowed),
        'label names, such as team or example.com/team, with their values',
      )
      .default({}),
    /** Annotations of every secret beside its own. Default none. */
    annotations: z
      .record(
        z.string().refine(isLabelName),
        z.string('text'),
        'annotation names, such as example.com/owner, with text',
      )
      .default({}),
    /** Makes secrets that the API server lets nobody change: a store over one is refused until it is deleted. Default false. */
    immutable: z.boolean('true or false').default(false),
    logger: z.custom<Logger>(isObjectWith('debug', 'info', 'warn', 'error'), 'a logger').optional(),
    /** Default: the system's. */
    clock: z.custom<Clock>(isObjectWith('wallNow', 'monotonicNow', 'setTimer'), 'a clock').optional(),
  })
  .refine(
    ({ kubeconfigFile, inCluster, kubeConfig }) =>
      [kubeconfigFile !== undefined, inCluster, kubeConfig !== undefined].filter(Boolean).length <= 1,
    { path: ['kubeconfigFile'], error: 'one of kubeconfigFile, inCluster and kubeConfig, not several' },
  )

/** Options of `createK8sStorage`. */
export type K8sStorageOptions = z.input<typeof k8sStorageOptionsSchema>

/** They after they were checked. */
export type CheckedK8sStorageOptions = z.output<typeof k8sStorageOptionsSchema>
