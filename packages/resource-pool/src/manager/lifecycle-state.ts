/**
 * Where a resource is in its life. `ready` works; `degraded` works, but not as it should, or something it wants is missing;
 * `quarantined` failed its checks: nobody gets it until it has recovered; `draining` lets those finish who have it; `failed`
 * was given up and stays so until it is started again.
 */
export type LifecycleState =
  | 'created'
  | 'starting'
  | 'ready'
  | 'degraded'
  | 'quarantined'
  | 'draining'
  | 'stopped'
  | 'failed'

/** Where each state may lead. */
export const lifecycleTransitions: Readonly<Record<LifecycleState, readonly LifecycleState[]>> = {
  created: ['starting', 'stopped'],
  starting: ['ready', 'degraded', 'draining', 'stopped', 'failed'],
  ready: ['degraded', 'quarantined', 'draining'],
  degraded: ['ready', 'quarantined', 'draining'],
  quarantined: ['ready', 'degraded', 'failed', 'draining'],
  draining: ['stopped', 'failed'],
  stopped: ['starting'],
  failed: ['starting', 'draining', 'stopped'],
}

/** Whether somebody may get the resource. */
export const isUsable = (state: LifecycleState): boolean => state === 'ready' || state === 'degraded'
