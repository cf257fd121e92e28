-- Sends the requests of a file in turn (one a line: method, path, token or -, extra header or -, body or -; tabs between), and
-- tells what came of it as one line of JSON. Started at another place by each thread, should there ever be several.

local ready, place = {}, 0

function init(args)
  for line in io.lines(args[1]) do
    local method, path, token, header, body = line:match("^(.-)\t(.-)\t(.-)\t(.-)\t(.*)$")
    local headers = {}
    if token ~= "-" then headers["authorization"] = "Bearer " .. token end
    if header ~= "-" then
      local name, value = header:match("^(.-): (.*)$")
      headers[name] = value
    end
    if body == "-" then
      body = nil
    else
      headers["content-type"] = "application/json"
    end
    ready[#ready + 1] = wrk.format(method, path, headers, body)
  end
  place = tonumber(args[2] or "0")
end

function request()
  place = place + 1
  return ready[(place - 1) % #ready + 1]
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    'RESULT {"requests": %d, "seconds": %.6f, "bytes": %d, "broken": %d, "refused": %d, "p50": %.3f, "p95": %.3f, "p99": %.3f, "max": %.3f}\n',
    summary.requests, summary.duration / 1e6, summary.bytes, e.connect + e.read + e.write + e.timeout, e.status,
    latency:percentile(50) / 1e3, latency:percentile(95) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3))
end
