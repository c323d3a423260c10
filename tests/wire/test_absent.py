"""The mark for what is not there."""

import copy
import pickle

from genkit_trio._wire import ABSENT, Absent


def test_absent_is_one_object_everywhere():
    assert pickle.loads(pickle.dumps(ABSENT)) is ABSENT
    assert copy.deepcopy(ABSENT) is ABSENT
    assert ABSENT is Absent.ABSENT
    assert repr(ABSENT) == "ABSENT"
