import { createFaults } from './create-faults.ts'
import type { Fault } from './fault.ts'
import { leaseFaults } from './lease-faults.ts'
import { lifeFaults } from './life-faults.ts'
import { waitingFaults } from './waiting-faults.ts'

/** Every fault, in the order of the table. */
export const faults: readonly Fault[] = [...leaseFaults, ...createFaults, ...waitingFaults, ...lifeFaults]
