"""A Kafka client for the tests: the few calls of librdkafka that they need.

Bytes stay bytes: keys, values and headers may hold anything, so nothing that
prints lines would do.
"""

import ctypes
from ctypes import (CFUNCTYPE, POINTER, Structure, Union, byref, c_char,
                    c_char_p, c_int, c_int32, c_int64, c_size_t, c_ssize_t,
                    c_void_p, cast, create_string_buffer, string_at)
from typing import NamedTuple, Optional

PARTITION_UA = -1
OFFSET_BEGINNING = -2
OFFSET_INVALID = -1001
ERR_PARTITION_EOF = -191
ERR_TOPIC_ALREADY_EXISTS = 36

ACL_TOPIC = 2
ACL_LITERAL = 3
ACL_READ = 3
ACL_DESCRIBE = 8
ACL_DENY = 2

VTYPE_PARTITION = 3
VTYPE_TOPIC = 1
VTYPE_VALUE = 4
VTYPE_KEY = 5
VTYPE_MSGFLAGS = 7
VTYPE_TIMESTAMP = 8
VTYPE_HEADER = 9
MSG_F_COPY = 2
MSG_F_BLOCK = 4


class KafkaError(Exception):
    pass


class Record(NamedTuple):
    partition: int
    offset: int
    time_ms: int
    key: Optional[bytes]
    value: Optional[bytes]
    headers: tuple = ()

    def header(self, name):
        """The last header of that name, as bytes, or None."""

        found = [value for key, value in self.headers if key == name]

        return found[-1] if found else None


class _Message(Structure):
    _fields_ = [("err", c_int), ("rkt", c_void_p), ("partition", c_int32),
                ("payload", c_void_p), ("len", c_size_t), ("key", c_void_p),
                ("key_len", c_size_t), ("offset", c_int64),
                ("_private", c_void_p)]


class _TopicPartition(Structure):
    _fields_ = [("topic", c_char_p), ("partition", c_int32),
                ("offset", c_int64), ("metadata", c_void_p),
                ("metadata_size", c_size_t), ("opaque", c_void_p),
                ("err", c_int), ("_private", c_void_p)]


class _TopicPartitionList(Structure):
    _fields_ = [("cnt", c_int), ("size", c_int),
                ("elems", POINTER(_TopicPartition))]


class _MetadataTopic(Structure):
    _fields_ = [("topic", c_char_p), ("partition_cnt", c_int),
                ("partitions", c_void_p), ("err", c_int)]


class _Metadata(Structure):
    _fields_ = [("broker_cnt", c_int), ("brokers", c_void_p),
                ("topic_cnt", c_int), ("topics", POINTER(_MetadataTopic))]


class _Memory(Structure):
    _fields_ = [("ptr", c_char_p), ("size", c_size_t)]


class _Header(Structure):
    _fields_ = [("name", c_char_p), ("val", c_char_p), ("size", c_ssize_t)]


class _Value(Union):
    _fields_ = [("cstr", c_char_p), ("i", c_int), ("i32", c_int32),
                ("i64", c_int64), ("mem", _Memory), ("header", _Header),
                ("_pad", c_char * 64)]


class _Argument(Structure):
    _fields_ = [("vtype", c_int), ("u", _Value)]


_DELIVERY = CFUNCTYPE(None, c_void_p, POINTER(_Message), c_void_p)


def _library():
    lib = ctypes.CDLL("librdkafka.so.1")

    def declare(name, result, *arguments):
        function = getattr(lib, "rd_kafka_" + name)
        function.restype = result
        function.argtypes = arguments

    declare("conf_new", c_void_p)
    declare("conf_set", c_int, c_void_p, c_char_p, c_char_p, c_char_p,
            c_size_t)
    declare("conf_set_dr_msg_cb", None, c_void_p, _DELIVERY)
    declare("new", c_void_p, c_int, c_void_p, c_char_p, c_size_t)
    declare("destroy", None, c_void_p)
    declare("err2str", c_char_p, c_int)
    declare("poll", c_int, c_void_p, c_int)
    declare("flush", c_int, c_void_p, c_int)
    declare("produceva", c_void_p, c_void_p, POINTER(_Argument), c_size_t)
    declare("error_string", c_char_p, c_void_p)
    declare("error_destroy", None, c_void_p)
    declare("metadata", c_int, c_void_p, c_int, c_void_p,
            POINTER(POINTER(_Metadata)), c_int)
    declare("metadata_destroy", None, POINTER(_Metadata))
    declare("topic_new", c_void_p, c_void_p, c_char_p, c_void_p)
    declare("topic_destroy", None, c_void_p)
    declare("query_watermark_offsets", c_int, c_void_p, c_char_p, c_int32,
            POINTER(c_int64), POINTER(c_int64), c_int)
    declare("topic_partition_list_new", POINTER(_TopicPartitionList), c_int)
    declare("topic_partition_list_destroy", None,
            POINTER(_TopicPartitionList))
    declare("topic_partition_list_add", POINTER(_TopicPartition),
            POINTER(_TopicPartitionList), c_char_p, c_int32)
    declare("assign", c_int, c_void_p, POINTER(_TopicPartitionList))
    declare("committed", c_int, c_void_p, POINTER(_TopicPartitionList), c_int)
    declare("poll_set_consumer", c_int, c_void_p)
    declare("consumer_poll", POINTER(_Message), c_void_p, c_int)
    declare("consumer_close", c_int, c_void_p)
    declare("message_destroy", None, POINTER(_Message))
    declare("message_timestamp", c_int64, POINTER(_Message), POINTER(c_int))
    declare("message_headers", c_int, POINTER(_Message), POINTER(c_void_p))
    declare("header_get_all", c_int, c_void_p, c_size_t, POINTER(c_char_p),
            POINTER(c_void_p), POINTER(c_size_t))
    declare("NewTopic_new", c_void_p, c_char_p, c_int, c_int, c_char_p,
            c_size_t)
    declare("NewTopic_set_config", c_int, c_void_p, c_char_p, c_char_p)
    declare("NewTopic_destroy", None, c_void_p)
    declare("queue_new", c_void_p, c_void_p)
    declare("queue_destroy", None, c_void_p)
    declare("queue_poll", c_void_p, c_void_p, c_int)
    declare("CreateTopics", None, c_void_p, POINTER(c_void_p), c_size_t,
            c_void_p, c_void_p)
    declare("NewPartitions_new", c_void_p, c_char_p, c_size_t, c_char_p,
            c_size_t)
    declare("NewPartitions_destroy", None, c_void_p)
    declare("CreatePartitions", None, c_void_p, POINTER(c_void_p), c_size_t,
            c_void_p, c_void_p)
    declare("event_CreatePartitions_result", c_void_p, c_void_p)
    declare("CreatePartitions_result_topics", POINTER(c_void_p), c_void_p,
            POINTER(c_size_t))
    declare("event_error", c_int, c_void_p)
    declare("event_destroy", None, c_void_p)
    declare("event_CreateTopics_result", c_void_p, c_void_p)
    declare("CreateTopics_result_topics", POINTER(c_void_p), c_void_p,
            POINTER(c_size_t))
    declare("topic_result_error", c_int, c_void_p)
    declare("DeleteTopic_new", c_void_p, c_char_p)
    declare("DeleteTopic_destroy", None, c_void_p)
    declare("DeleteTopics", None, c_void_p, POINTER(c_void_p), c_size_t,
            c_void_p, c_void_p)
    declare("event_DeleteTopics_result", c_void_p, c_void_p)
    declare("DeleteTopics_result_topics", POINTER(c_void_p), c_void_p,
            POINTER(c_size_t))
    declare("AclBinding_new", c_void_p, c_int, c_char_p, c_int, c_char_p,
            c_char_p, c_int, c_int, c_char_p, c_size_t)
    declare("AclBinding_destroy", None, c_void_p)
    declare("CreateAcls", None, c_void_p, POINTER(c_void_p), c_size_t,
            c_void_p, c_void_p)
    declare("event_CreateAcls_result", c_void_p, c_void_p)
    declare("CreateAcls_result_acls", POINTER(c_void_p), c_void_p,
            POINTER(c_size_t))
    declare("acl_result_error", c_void_p, c_void_p)
    declare("DeleteRecords_new", c_void_p, POINTER(_TopicPartitionList))
    declare("DeleteRecords_destroy", None, c_void_p)
    declare("DeleteRecords", None, c_void_p, POINTER(c_void_p), c_size_t,
            c_void_p, c_void_p)

    return lib


_lib = _library()


def _check(err, what):
    if err != 0:
        raise KafkaError("%s: %s" % (what,
                                     _lib.rd_kafka_err2str(err).decode()))


class _Client:
    PRODUCER, CONSUMER = range(2)

    def __init__(self, kind, brokers, **properties):
        errstr = create_string_buffer(512)
        conf = _lib.rd_kafka_conf_new()
        # Reconnect quickly: brokers come and go here on purpose.
        settings = {"bootstrap.servers": brokers, "log_level": "2",
                    "reconnect.backoff.max.ms": "500"}
        settings.update((name.replace("_", "."), str(value))
                        for name, value in properties.items())

        for name, value in settings.items():
            if _lib.rd_kafka_conf_set(conf, name.encode(), value.encode(),
                                      errstr, len(errstr)) != 0:
                raise KafkaError(errstr.value.decode())

        self._configure(conf)
        self._handle = _lib.rd_kafka_new(kind, conf, errstr, len(errstr))

        if not self._handle:
            raise KafkaError(errstr.value.decode())

    def _configure(self, conf):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def close(self):
        if self._handle:
            _lib.rd_kafka_destroy(self._handle)
            self._handle = None

    def topics(self, timeout=10):
        """{topic: number of partitions} of the whole cluster."""

        metadata = POINTER(_Metadata)()
        _check(_lib.rd_kafka_metadata(self._handle, 1, None, byref(metadata),
                                      int(timeout * 1000)), "metadata")

        found = {}

        for i in range(metadata.contents.topic_cnt):
            topic = metadata.contents.topics[i]
            found[topic.topic.decode()] = topic.partition_cnt

        _lib.rd_kafka_metadata_destroy(metadata)

        return found

    def create_topic(self, name, partitions, config=(), timeout=30):
        """Creates the topic, unless it is there."""

        errstr = create_string_buffer(512)
        topic = c_void_p(_lib.rd_kafka_NewTopic_new(
            name.encode(), partitions, 1, errstr, len(errstr)))

        for key, value in dict(config).items():
            _check(_lib.rd_kafka_NewTopic_set_config(
                topic, key.encode(), value.encode()), key)

        event = self._ask(_lib.rd_kafka_CreateTopics, topic, timeout)
        _check(_lib.rd_kafka_event_error(event), "create topic %s" % name)
        count = c_size_t()
        results = _lib.rd_kafka_CreateTopics_result_topics(
            _lib.rd_kafka_event_CreateTopics_result(event), byref(count))
        err = _lib.rd_kafka_topic_result_error(results[0])

        _lib.rd_kafka_event_destroy(event)
        _lib.rd_kafka_NewTopic_destroy(topic)

        if err != ERR_TOPIC_ALREADY_EXISTS:
            _check(err, "create topic %s" % name)

    def _ask(self, function, question, timeout):
        """The event that answers a question of the admin API."""

        queue = _lib.rd_kafka_queue_new(self._handle)
        function(self._handle, byref(question), 1, None, queue)
        event = _lib.rd_kafka_queue_poll(queue, int(timeout * 1000))
        _lib.rd_kafka_queue_destroy(queue)

        if not event:
            raise KafkaError("no answer")

        return event

    def create_partitions(self, topic, total, timeout=30):
        errstr = create_string_buffer(512)
        question = c_void_p(_lib.rd_kafka_NewPartitions_new(
            topic.encode(), total, errstr, len(errstr)))
        event = self._ask(_lib.rd_kafka_CreatePartitions, question, timeout)
        _check(_lib.rd_kafka_event_error(event), "partitions of %s" % topic)
        count = c_size_t()
        results = _lib.rd_kafka_CreatePartitions_result_topics(
            _lib.rd_kafka_event_CreatePartitions_result(event), byref(count))
        err = _lib.rd_kafka_topic_result_error(results[0])
        _lib.rd_kafka_event_destroy(event)
        _lib.rd_kafka_NewPartitions_destroy(question)
        _check(err, "partitions of %s" % topic)

    def delete_topic(self, topic, timeout=30):
        question = c_void_p(_lib.rd_kafka_DeleteTopic_new(topic.encode()))
        event = self._ask(_lib.rd_kafka_DeleteTopics, question, timeout)
        _check(_lib.rd_kafka_event_error(event), "delete topic %s" % topic)
        count = c_size_t()
        results = _lib.rd_kafka_DeleteTopics_result_topics(
            _lib.rd_kafka_event_DeleteTopics_result(event), byref(count))
        err = _lib.rd_kafka_topic_result_error(results[0])
        _lib.rd_kafka_event_destroy(event)
        _lib.rd_kafka_DeleteTopic_destroy(question)
        _check(err, "delete topic %s" % topic)

    def deny(self, user, topic, operation, timeout=30):
        """Takes the right to do so with a topic from a user."""

        errstr = create_string_buffer(512)
        question = c_void_p(_lib.rd_kafka_AclBinding_new(
            ACL_TOPIC, topic.encode(), ACL_LITERAL, b"User:" + user.encode(),
            b"*", operation, ACL_DENY, errstr, len(errstr)))
        event = self._ask(_lib.rd_kafka_CreateAcls, question, timeout)
        _check(_lib.rd_kafka_event_error(event), "deny %s" % topic)
        count = c_size_t()
        results = _lib.rd_kafka_CreateAcls_result_acls(
            _lib.rd_kafka_event_CreateAcls_result(event), byref(count))
        error = _lib.rd_kafka_acl_result_error(results[0])
        text = _lib.rd_kafka_error_string(error) if error else None
        _lib.rd_kafka_event_destroy(event)
        _lib.rd_kafka_AclBinding_destroy(question)

        if text is not None:
            raise KafkaError("deny %s: %s" % (topic, text.decode()))

    def delete_records(self, topic, partition, offset, timeout=30):
        """Takes what is before an offset, as retention does."""

        offsets = _partitions(topic, [partition], offset)
        question = c_void_p(_lib.rd_kafka_DeleteRecords_new(offsets))
        event = self._ask(_lib.rd_kafka_DeleteRecords, question, timeout)
        _check(_lib.rd_kafka_event_error(event), "records of %s" % topic)

        _lib.rd_kafka_event_destroy(event)
        _lib.rd_kafka_DeleteRecords_destroy(question)
        _lib.rd_kafka_topic_partition_list_destroy(offsets)

    def ends(self, topic, partitions, timeout=10):
        """The next offset of each of so many partitions."""

        ends = []

        for partition in range(partitions):
            low, high = c_int64(), c_int64()
            _check(_lib.rd_kafka_query_watermark_offsets(
                self._handle, topic.encode(), partition, byref(low),
                byref(high), int(timeout * 1000)), "offsets of %s" % topic)
            ends.append(high.value)

        return ends


class Producer(_Client):

    def __init__(self, brokers, **properties):
        self.failed = []
        properties.setdefault("acks", "all")
        super().__init__(self.PRODUCER, brokers, **properties)

    def _configure(self, conf):
        def delivered(handle, message, opaque):
            if message.contents.err != 0:
                self.failed.append(message.contents.err)

        self._delivered = _DELIVERY(delivered)
        _lib.rd_kafka_conf_set_dr_msg_cb(conf, self._delivered)

    def produce(self, topic, key, value, partition=PARTITION_UA, time_ms=0,
                headers=()):
        """Queues one record; time_ms 0 is the present."""

        arguments = (_Argument * (6 + len(headers)))()
        names = [name.encode() for name, _ in headers]

        arguments[0].vtype = VTYPE_TOPIC
        arguments[0].u.cstr = topic.encode()
        arguments[1].vtype = VTYPE_PARTITION
        arguments[1].u.i32 = partition
        arguments[2].vtype = VTYPE_MSGFLAGS
        arguments[2].u.i = MSG_F_COPY | MSG_F_BLOCK
        arguments[3].vtype = VTYPE_TIMESTAMP
        arguments[3].u.i64 = time_ms
        arguments[4].vtype = VTYPE_KEY
        arguments[4].u.mem = _Memory(key, len(key or b""))
        arguments[5].vtype = VTYPE_VALUE
        arguments[5].u.mem = _Memory(value, len(value or b""))

        for i, (_, data) in enumerate(headers):
            arguments[6 + i].vtype = VTYPE_HEADER
            arguments[6 + i].u.header = _Header(names[i], data, len(data))

        error = _lib.rd_kafka_produceva(self._handle, arguments,
                                        len(arguments))

        if error:
            text = _lib.rd_kafka_error_string(error).decode()
            _lib.rd_kafka_error_destroy(error)
            raise KafkaError("produce: " + text)

        _lib.rd_kafka_poll(self._handle, 0)

    def flush(self, timeout=60):
        _check(_lib.rd_kafka_flush(self._handle, int(timeout * 1000)),
               "flush")

        if self.failed:
            _check(self.failed[0], "%d records" % len(self.failed))


class Consumer(_Client):
    """Reads by assignment; it never joins its group."""

    def __init__(self, brokers, group="vfs-test", **properties):
        properties.setdefault("isolation.level", "read_committed")
        super().__init__(self.CONSUMER, brokers, **{
            "group.id": group, "enable.auto.commit": "false",
            "enable.partition.eof": "true",
            "allow.auto.create.topics": "false",
            "topic.metadata.refresh.interval.ms": "1000"} | properties)
        _check(_lib.rd_kafka_poll_set_consumer(self._handle), "consumer")

    def close(self):
        if self._handle:
            _lib.rd_kafka_consumer_close(self._handle)

        super().close()

    def committed(self, topic, partitions, timeout=10):
        """The group's next offset of each partition; 0 if none is stored."""

        wanted = _partitions(topic, range(partitions), OFFSET_INVALID)

        try:
            _check(_lib.rd_kafka_committed(self._handle, wanted,
                                           int(timeout * 1000)), "committed")

            return [max(wanted.contents.elems[i].offset, 0)
                    for i in range(partitions)]

        finally:
            _lib.rd_kafka_topic_partition_list_destroy(wanted)

    def follow(self, topic, partitions):
        """Starts at the begin of a topic; poll() gives what there is."""

        wanted = _partitions(topic, range(partitions), OFFSET_BEGINNING)
        _check(_lib.rd_kafka_assign(self._handle, wanted), "assign")
        _lib.rd_kafka_topic_partition_list_destroy(wanted)

    def poll(self, timeout=0.1):
        """The next record, or None."""

        message = _lib.rd_kafka_consumer_poll(self._handle,
                                              int(timeout * 1000))

        if not message:
            return None

        try:
            if message.contents.err == ERR_PARTITION_EOF:
                return None

            _check(message.contents.err, "poll")

            return _record(message)

        finally:
            _lib.rd_kafka_message_destroy(message)

    def read(self, topic, partitions, timeout=120):
        """Every record of the topic, by partition and offset."""

        wanted = _partitions(topic, range(partitions), OFFSET_BEGINNING)
        _check(_lib.rd_kafka_assign(self._handle, wanted), "assign")
        _lib.rd_kafka_topic_partition_list_destroy(wanted)

        records = []
        left = set(range(partitions))
        polls = timeout * 10

        while left:
            message = _lib.rd_kafka_consumer_poll(self._handle, 100)

            if not message:
                polls -= 1

                if polls <= 0:
                    raise KafkaError("%s: no end of partitions %s"
                                     % (topic, sorted(left)))

                continue

            try:
                if message.contents.err == ERR_PARTITION_EOF:
                    left.discard(message.contents.partition)

                else:
                    _check(message.contents.err, "read " + topic)
                    records.append(_record(message))

            finally:
                _lib.rd_kafka_message_destroy(message)

        _check(_lib.rd_kafka_assign(self._handle, None), "unassign")
        records.sort(key=lambda record: (record.partition, record.offset))

        return records


def _partitions(topic, numbers, offset):
    found = _lib.rd_kafka_topic_partition_list_new(len(numbers))

    for number in numbers:
        element = _lib.rd_kafka_topic_partition_list_add(found, topic.encode(),
                                                         number)
        element.contents.offset = offset

    return found


def _bytes(pointer, length):
    return None if pointer is None else string_at(pointer, length)


def _record(message):
    body = message.contents
    kind = c_int()

    return Record(body.partition, body.offset,
                  _lib.rd_kafka_message_timestamp(message, byref(kind)),
                  _bytes(body.key, body.key_len),
                  _bytes(body.payload, body.len), _headers(message))


def _headers(message):
    headers = c_void_p()

    if _lib.rd_kafka_message_headers(message, byref(headers)) != 0:
        return ()

    found = []
    name, data, size = c_char_p(), c_void_p(), c_size_t()

    while _lib.rd_kafka_header_get_all(headers, len(found), byref(name),
                                       byref(data), byref(size)) == 0:
        found.append((name.value.decode(), _bytes(data.value, size.value)))

    return tuple(found)
