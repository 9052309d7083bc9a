"""The unnamed database of an LMDB environment as a dictionary of bytes."""

import contextlib
import ctypes

RDONLY, NOTLS = 0x20000, 0x200000
FIRST, NEXT, NOTFOUND = 0, 8, -30798

_lmdb = ctypes.CDLL("liblmdb.so.0")
_lmdb.mdb_strerror.restype = ctypes.c_char_p


class _Val(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("data", ctypes.c_void_p)]

    def bytes(self):
        return ctypes.string_at(self.data, self.size)


def _call(name, *args):
    code = getattr(_lmdb, name)(*args)

    if code != 0:
        raise OSError(code, "%s: %s" % (name,
                                        _lmdb.mdb_strerror(code).decode()))


@contextlib.contextmanager
def _transaction(directory, flags, size):
    env, txn, dbi = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_uint()

    _call("mdb_env_create", ctypes.byref(env))

    try:
        _call("mdb_env_set_mapsize", env, ctypes.c_size_t(size))
        _call("mdb_env_open", env, directory.encode(), flags | NOTLS, 0o640)
        _call("mdb_txn_begin", env, None, flags, ctypes.byref(txn))

        try:
            _call("mdb_dbi_open", txn, None, 0, ctypes.byref(dbi))
            yield txn, dbi

        except BaseException:
            _lmdb.mdb_txn_abort(txn)
            raise

        _call("mdb_txn_commit", txn)

    finally:
        _lmdb.mdb_env_close(env)


def read(directory):
    found = {}

    with _transaction(directory, RDONLY, 0) as (txn, dbi):
        cursor, key, value = ctypes.c_void_p(), _Val(), _Val()
        _call("mdb_cursor_open", txn, dbi, ctypes.byref(cursor))
        code = _lmdb.mdb_cursor_get(cursor, ctypes.byref(key),
                                    ctypes.byref(value), FIRST)

        while code == 0:
            found[key.bytes()] = value.bytes()
            code = _lmdb.mdb_cursor_get(cursor, ctypes.byref(key),
                                        ctypes.byref(value), NEXT)

        _lmdb.mdb_cursor_close(cursor)

        if code != NOTFOUND:
            raise OSError(code, "mdb_cursor_get")

    return found


def write(directory, records):
    size = 1 << 20

    for name, value in records.items():
        size += 4 * (len(name) + len(value))

    with _transaction(directory, 0, size) as (txn, dbi):
        for name, value in records.items():
            data = ctypes.create_string_buffer(value, len(value))
            key = ctypes.create_string_buffer(name, len(name))
            _call("mdb_put", txn, dbi,
                  ctypes.byref(_Val(len(name), ctypes.addressof(key))),
                  ctypes.byref(_Val(len(value), ctypes.addressof(data))), 0)
