// SPDX-License-Identifier: Apache-2.0
import { api, data } from '@/api/client'

const pollMs = 400

/** Draws all configurations. Answers the id of the drawing, or null if it takes longer than the patience. */
export async function drawTopology(patienceMs = 6_000): Promise<string | null> {
  const begun = await data(api.POST('/api/v1/topology/generate', { body: {} }))
  const until = Date.now() + patienceMs
  while (Date.now() < until) {
    const task = await data(
      api.GET('/api/v1/analysis/tasks/{id}', { params: { path: { id: begun.task_id } } }),
    )
    if (task.status === 'failed') throw new Error(task.error_message ?? task.status)
    if (task.status === 'completed')
      return (task.result as { topology_id?: string } | null)?.topology_id ?? null
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
  return null
}
