/**
 * Gathers what comes in one turn of the event loop, and handles it at its end, one after another. So the answers leave in a burst: an
 * answer for each request as it is read wakes its client each time, which costs the server as much as the answer itself.
 */
export function atEndOfTurn<T>(handle: (each: T) => void): (each: T) => void {
  let gathered: T[] = [];
  function handleAll(): void {
    const all = gathered;
    gathered = [];
    for (const each of all) handle(each);
  }
  return (each) => {
    if (gathered.push(each) === 1) setImmediate(handleAll);
  };
}
