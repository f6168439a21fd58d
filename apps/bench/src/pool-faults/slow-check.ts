import { setTimeout as delay } from 'node:timers/promises'
import type { Checked } from './probed-pool.ts'

/** How long a check takes that finds a resource broken, in milliseconds: as a connection that has gone dead does. */
const failingMs = 120

/** Checks a resource. */
export const slowCheck = async ({ isGood }: Checked): Promise<boolean> => (isGood ? true : delay(failingMs, false))
