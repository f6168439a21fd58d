import { expect } from 'vitest'
import { secretEquality } from './secret-equality.ts'

expect.addEqualityTesters([secretEquality])
