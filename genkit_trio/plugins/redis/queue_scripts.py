"""The Lua scripts of a work queue: each is one step, which happens as a whole or not at all.

The keys of a queue are these, all with the same braces, so that a cluster has them in one place:

- ``runs``, a Redis stream with an entry for each run that waits or is being executed; its consumer group ``workers``
  has one consumer, and counts how often an entry was delivered: that is the number of the attempt;
- ``parked``, a Redis stream with the runs that were put aside;
- ``key:<idempotency key>``, the id of the run that was submitted with it; it expires.

An attempt owns its entry as long as the count is its number. For how long nobody has said that the attempt is alive is
the entry's idle time, by the server's clock.
"""

from typing import Final

from .scripts import Script

_QUEUE: Final = """
local runs, group, consumer = KEYS[1], 'workers', 'worker'
if redis.call('EXISTS', runs) == 0 then redis.call('XGROUP', 'CREATE', runs, group, '0', 'MKSTREAM') end
local function owns(id, attempt)
  local pending = redis.call('XPENDING', runs, group, id, id, 1)[1]
  return pending and pending[4] == tonumber(attempt)
end
local function remove(id)
  redis.call('XACK', runs, group, id)
  redis.call('XDEL', runs, id)
end
"""


def _script(body: str) -> Script:
    return Script((_QUEUE + body).encode())


PUT: Final = _script(
    """
local stream_id, run, most, remember_ms, channel = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5]
local known = redis.call('GET', KEYS[2])
if known then return {'known', known} end
if redis.call('XLEN', runs) >= most then return {'full'} end
redis.call('SET', KEYS[2], stream_id, 'PX', remember_ms)
redis.call('XADD', runs, '*', 'run', run)
redis.call('PUBLISH', channel, 'new')
return {'known', stream_id}
"""
)
"""Keys: runs, that of the idempotency key. Arguments: stream id, run, most runs, milliseconds to remember, channel."""

TAKE: Final = _script(
    """
local lease_ms, look = tonumber(ARGV[1]), ARGV[2]
if look == '1' then
  local cursor = '0-0'
  repeat
    local answer = redis.call('XAUTOCLAIM', runs, group, consumer, lease_ms, cursor, 'COUNT', 1)
    local entry = answer[2][1]
    if entry then
      local pending = redis.call('XPENDING', runs, group, entry[1], entry[1], 1)[1]
      return {entry[1], pending[4], entry[2][2]}
    end
    cursor = answer[1]
  until cursor == '0-0'
end
local fresh = redis.call('XREADGROUP', 'GROUP', group, consumer, 'COUNT', 1, 'STREAMS', runs, '>')
if not fresh then return {} end
local entry = fresh[1][2][1]
return {entry[1], 1, entry[2][2]}
"""
)
"""Arguments: milliseconds after which an attempt is dead, whether to look for such: ``1``. Returns id, attempt, run."""

BEAT: Final = _script(
    """
for i = 1, #ARGV, 2 do
  if owns(ARGV[i], ARGV[i + 1]) then redis.call('XCLAIM', runs, group, consumer, 0, ARGV[i], 'JUSTID') end
end
return 'alive'
"""
)
"""Arguments: id, attempt, id, attempt …"""

FINISH: Final = _script(
    """
if not owns(ARGV[1], ARGV[2]) then return 'lost' end
remove(ARGV[1])
return 'done'
"""
)
"""Arguments: id, attempt."""

GIVE_BACK: Final = _script(
    """
if not owns(ARGV[1], ARGV[2]) then return 'lost' end
redis.call('XCLAIM', runs, group, consumer, 0, ARGV[1], 'IDLE', ARGV[3], 'JUSTID')
redis.call('PUBLISH', ARGV[4], '')
return 'done'
"""
)
"""Arguments: id, attempt, milliseconds for which it is idle from now on, channel."""

PARK: Final = _script(
    """
if not owns(ARGV[1], ARGV[2]) then return 'lost' end
local entry = redis.call('XRANGE', runs, ARGV[1], ARGV[1])[1]
redis.call('XADD', KEYS[2], '*', 'run', entry[2][2])
remove(ARGV[1])
return 'done'
"""
)
"""Keys: runs, parked. Arguments: id, attempt."""

PARKED: Final = Script(b"return redis.call('XRANGE', KEYS[1], '-', '+')")
"""Keys: parked."""

FORGET: Final = Script(b"return redis.call('XDEL', KEYS[1], unpack(ARGV))")
"""Keys: parked. Arguments: ids."""
