# Apache Kafka's jars, fetched once by Maven, for the tests that want the real
# broker.

KAFKA_JARS := $(BUILD)/kafka/jars

$(KAFKA_JARS)/.complete: t/kafka/pom.xml
	rm -rf $(KAFKA_JARS)
	mkdir -p $(KAFKA_JARS)
	mvn -B -q -f $< dependency:copy-dependencies \
	    -DoutputDirectory=$(abspath $(KAFKA_JARS))
	touch $@

.PHONY: kafka-jars
kafka-jars: $(KAFKA_JARS)/.complete
