"""The Lua scripts of stored streams: each is one step, which happens as a whole or not at all.

The keys of a stream are three, in this order:

- ``frames``, a Redis stream in which frame *n* has the id *n*-0 and one field: ``m`` (message), ``r`` or ``e`` (end);
- ``state``, a hash: ``writer`` (whose token it is that may write), ``attempt``, ``ended``, ``cancel``;
- ``alive``, which expires unless the writer of an attempt 0 says again that it is there.

All of them expire, so that nothing is left of a writer that died with nobody following. A script may be repeated when
its answer was lost: what it has done before, it does not do again.
"""

from typing import Final

import attrs


@attrs.frozen
class Script:
    """A script, and the hash by which Redis knows it."""

    source: bytes
    sha: bytes = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        import hashlib

        object.__setattr__(self, "sha", hashlib.sha1(self.source, usedforsecurity=False).hexdigest().encode())


_KEEP: Final = """
local function keep(key, ms)
  if redis.call('PTTL', key) < ms then redis.call('PEXPIRE', key, ms) end
end
"""

OPEN: Final = Script(
    (
        _KEEP
        + """
local token, attempt, alive_ms, keep_ms = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local state = redis.call('HMGET', KEYS[2], 'writer', 'attempt', 'ended', 'cancel')
if state[1] ~= token then
  if redis.call('EXISTS', KEYS[2]) == 1 then
    if attempt == 0 then return {'exists'} end
    if state[3] or attempt <= tonumber(state[2] or 0) then return {'taken'} end
  end
  redis.call('HSET', KEYS[2], 'writer', token, 'attempt', attempt)
  keep(KEYS[2], keep_ms)
  keep(KEYS[1], keep_ms)
  if attempt == 0 then redis.call('SET', KEYS[3], '1', 'PX', alive_ms) end
end
return {'open', redis.call('XLEN', KEYS[1]), state[4] and 1 or 0}
"""
    ).encode()
)
"""Arguments: token, attempt, milliseconds for ``alive``, milliseconds for the others."""

APPEND: Final = Script(
    (
        _KEEP
        + """
local token, first, keep_ms, ttl_ms, channel = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
local writer = redis.call('HGET', KEYS[2], 'writer')
if not writer then return 'lost' end
if writer ~= token then return 'taken' end
local length = redis.call('XLEN', KEYS[1])
if length < first - 1 then return 'lost' end
local kind
for i = 6, #ARGV, 2 do
  kind = ARGV[i]
  if first > length then redis.call('XADD', KEYS[1], string.format('%d-0', first), kind, ARGV[i + 1]) end
  first = first + 1
end
if kind == 'm' then
  keep(KEYS[1], keep_ms)
  keep(KEYS[2], keep_ms)
else
  redis.call('HSET', KEYS[2], 'ended', '1')
  redis.call('DEL', KEYS[3])
  redis.call('PEXPIRE', KEYS[1], ttl_ms)
  redis.call('PEXPIRE', KEYS[2], ttl_ms)
end
redis.call('PUBLISH', channel, '')
return 'stored'
"""
    ).encode()
)
"""Arguments: token, position of the first frame, milliseconds to keep, after the end, channel; then kind, payload …"""

READ: Final = Script(
    b"""
local position, count, ttl_ms, channel, orphaned = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], ARGV[5]
local state = redis.call('HMGET', KEYS[2], 'writer', 'attempt', 'ended')
if not state[1] then return {'lost'} end
local found = redis.call('XRANGE', KEYS[1], '(' .. position .. '-0', '+', 'COUNT', count)
if #found == 0 and state[3] then
  found = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
elseif #found == 0 and state[2] == '0' and redis.call('EXISTS', KEYS[3]) == 0 then
  redis.call('HSET', KEYS[2], 'writer', '', 'ended', '1')
  local last = redis.call('XLEN', KEYS[1]) + 1
  redis.call('XADD', KEYS[1], string.format('%d-0', last), 'e', orphaned)
  redis.call('PEXPIRE', KEYS[1], ttl_ms)
  redis.call('PEXPIRE', KEYS[2], ttl_ms)
  redis.call('PUBLISH', channel, '')
  found = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
end
local frames = {'there'}
for _, entry in ipairs(found) do
  frames[#frames + 1] = entry[2][1]
  frames[#frames + 1] = entry[2][2]
end
return frames
"""
)
"""Arguments: position after which, how many at most, milliseconds to keep after the end, channel, the orphan's error.

Whoever finds a stream whose writer has died ends it, for everybody.
"""

BEAT: Final = Script(
    (
        _KEEP
        + """
local token, alive_ms, keep_ms = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local state = redis.call('HMGET', KEYS[2], 'writer', 'attempt', 'ended', 'cancel')
if state[1] ~= token then return 'taken' end
if state[3] then return 'ended' end
if state[2] == '0' then redis.call('SET', KEYS[3], '1', 'PX', alive_ms) end
keep(KEYS[1], keep_ms)
keep(KEYS[2], keep_ms)
return state[4] and 'cancel' or 'alive'
"""
    ).encode()
)
"""Arguments: token, milliseconds for ``alive``, milliseconds for the others."""

CANCEL: Final = Script(
    b"""
local state = redis.call('HMGET', KEYS[2], 'writer', 'ended')
if not state[1] then return 'lost' end
if not state[2] then
  redis.call('HSET', KEYS[2], 'cancel', '1')
  redis.call('PUBLISH', ARGV[1], ARGV[2])
end
return 'asked'
"""
)
"""Arguments: the channel of cancellations, the stream's id."""
