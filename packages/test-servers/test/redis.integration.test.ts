import { expect, it } from 'vitest'
import { describeWithServer } from '../src/index.ts'
import { redisAnswers } from '../src/servers/redis.ts'

describeWithServer('redis', (server) => {
  it('answers, and says its version', async () => {
    await redisAnswers(Number(new URL(server.settings.REDIS_URL ?? '').port))
    expect(server.version).toMatch(/^\d+\.\d+\.\d+$/)
  })
})
