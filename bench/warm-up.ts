import { ownDriver } from './driver.ts';
import { measure } from './measure.ts';
import type { Fixtures, Scenario, Target } from './scenarios.ts';

/**
 * How many requests an instance answers before it is measured. Node.js compiles what is called often, in several steps: three instances with 64
 * connections took 301 µs for an order in their first twelve seconds, and 217 in the sixth twelve.
 */
const answersEach = 100_000;
const secondsMaxEach = 30;

/**
 * Drives a scenario until code and caches are as in a shop that has been open for a while. By our own driver, which sees every status: throws
 * where an answer has another one than it should.
 */
export async function warmUp(scenario: Scenario, target: Target, fixtures: Fixtures, connections: number, seconds: number): Promise<void> {
  const instances = scenario.allInstances ? target.shops.length : 1;
  let answers = 0;
  // A run at a time, because requests that may be sent only once are made for one.
  for (let spent = 0; answers < instances * answersEach && spent < instances * secondsMaxEach; spent += seconds) {
    const { perSecond, unexpected } = await measure(scenario, target, fixtures, { connections, seconds, driver: ownDriver });
    if (unexpected > 0) throw new Error(`${scenario.name}: ${unexpected} answers had another status than ${scenario.status}`);
    answers += perSecond * seconds;
  }
}
