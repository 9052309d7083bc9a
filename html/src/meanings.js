/*
 * What each number means and its unit: the text behind a heading, and the list
 * at the foot of the page for those who have no mouse.
 */

export const MEANINGS = {
    "Upserts": "Vectors that the workers write to the index, a second. An "
        + "event changes the vector of its user and that of its item; of "
        + "several changes of one vector only the newest is written.",
    "Query latency": "From the header of a request to its answer, in the "
        + "gateway, over the last 10 seconds, of the route whose p99 is the "
        + "highest. Half of the requests took p50 or less, 99 of 100 took p99 "
        + "or less.",
    "Error rate": "Share of the last minute's requests that were answered "
        + "with a 5xx status. Health checks and this page do not count.",
    "Event to readable": "From Kafka's timestamp of an event until the index "
        + "holds a vector with it, over the last 10 seconds.",
    "Throughput": "Events read, vectors written and requests answered, a "
        + "second each.",
    "Every request": "Each column is a second, each row a latency; the "
        + "darker, the more requests.",
    "Events waiting": "Events of a partition that are in no stored vector "
        + "yet. Growing for long: more workers, or the index fails or limits.",
    "Errors": "5xx: the gateway or the index failed. 4xx: the client asked "
        + "for something wrong or unknown. Dead letters: events that cannot be "
        + "used. Retries: requests to the index that are sent again.",
    "In flight": "Requests that are being answered now.",
    "Waiting": "Events of the worker's partitions in no stored vector yet.",
    "Pending": "Vectors that changed and are not in the index yet.",
    "Keys": "Users and items whose state the worker keeps on its disk.",
    "Retries": "Requests to the index that were sent again, since the worker "
        + "started.",
    "Dead letters": "Events that could not be used and went to the "
        + "dead-letter topic with the reason, since the worker started.",
    "Readable p99": "99 of 100 vectors were in the index this long after "
        + "their newest event, since the worker started.",
    "Definition": "The first 8 digits of the feature definition's version.",
};
