-- What wrk sends and prints for bench/wrk.ts. Arguments: a file of requests, each behind its length in bytes and a line feed, and 'once' where
-- none may be sent twice.

local requests = {}
local once = false
local at = 0

function init(args)
  local file = assert(io.open(args[1], 'rb'))
  local length = file:read('*n')
  while length do
    file:read(1)
    requests[#requests + 1] = file:read(length)
    length = file:read('*n')
  end
  file:close()
  once = args[2] == 'once'
end

function request()
  at = at + 1
  if at > #requests then
    if once then wrk.thread:stop() end
    at = 1
  end
  return requests[at]
end

function done(summary, latency)
  local errors = summary.errors
  io.write('{"answers":', summary.requests, ',"us":', summary.duration, ',"refused":', errors.status)
  io.write(',"lost":', errors.connect + errors.read + errors.write + errors.timeout, ',"latencies":[')
  for i = 1, #latency do
    local us, count = latency(i)
    io.write(i > 1 and ',' or '', '[', us, ',', count, ']')
  end
  io.write(']}\n')
end
