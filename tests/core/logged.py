"""A branch that tells when it has ended."""

import trio


class Logged:
    """Sleeps for ever, and tells when its cleanup has ended."""

    def __init__(self, cleanup=1.0, error=None):
        self.ended = False
        self.cleanup = cleanup
        self.error = error

    async def __call__(self):
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(self.cleanup)
            self.ended = True
            if self.error:
                raise self.error
