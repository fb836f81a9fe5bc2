import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Arrays;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hbase.CompareOperator;
import org.apache.hadoop.hbase.HBaseConfiguration;
import org.apache.hadoop.hbase.TableName;
import org.apache.hadoop.hbase.client.AsyncConnection;
import org.apache.hadoop.hbase.client.AsyncTable;
import org.apache.hadoop.hbase.client.ConnectionFactory;
import org.apache.hadoop.hbase.client.Put;
import org.apache.hadoop.hbase.client.Scan;
import org.apache.hadoop.hbase.protobuf.ProtobufUtil;
import org.apache.hadoop.hbase.protobuf.generated.ClientProtos.MutationProto.MutationType;
import org.apache.hadoop.hbase.protobuf.generated.MultiRowMutationProtos.MultiRowMutationService;
import org.apache.hadoop.hbase.protobuf.generated.MultiRowMutationProtos.MutateRowsRequest;
import org.apache.hadoop.hbase.protobuf.generated.MultiRowMutationProtos.MutateRowsResponse;

/**
 * The Java client of the benchmark: AsyncConnection in a closed loop, one call in flight a caller. One JVM for all rounds, so that it is warm.
 *
 * Reads lines `TABLE KIND ROWS CALLERS MILLISECONDS` and answers each with a line of JSON. Rows, values and timestamps are made as
 * load.ts makes them; the callbacks run on the client's own threads (a raw AsyncTable), which is its fastest way.
 */
public class JavaClient {
  static final byte[] FAMILY = {'f'};
  static final byte[] QUALIFIER = {'q'};
  static final int REGIONS = 6;
  static final int PREFIXES = 240;
  static final int ROWS_OF_PREFIX = 100;
  static final long FIRST_TIMESTAMP = 1L << 41;
  static final byte[][] VALUES = new byte[1024][100];
  static final Map<String, long[]> BATCHES = new HashMap<>();

  interface Operation {
    CompletableFuture<Void> run(int caller);
  }

  public static void main(String[] words) throws Exception {
    Random random = new Random(1);
    for (byte[] value : VALUES) random.nextBytes(value);
    Configuration configuration = HBaseConfiguration.create();
    configuration.set("hbase.zookeeper.quorum", words[0].split(":")[0]);
    configuration.set("hbase.zookeeper.property.clientPort", words[0].split(":")[1]);
    try (AsyncConnection connection = ConnectionFactory.createAsyncConnection(configuration).get()) {
      System.out.println("{\"ready\":true}");
      BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] order = line.split(" ");
        Operation operation = operationOf(connection.getTable(TableName.valueOf(order[0])), order[0], order[1], Integer.parseInt(order[2]));
        System.out.println(measure(operation, Integer.parseInt(order[3]), Long.parseLong(order[4])));
      }
    }
    System.exit(0);
  }

  static String measure(Operation operation, int callers, long milliseconds) throws Exception {
    Round round = new Round(operation, callers, System.nanoTime() + milliseconds * 1_000_000);
    long begun = System.nanoTime();
    for (int caller = 0; caller < callers; caller++) round.next(caller);
    round.running.await();
    double seconds = (System.nanoTime() - begun) / 1e9;
    int count = Arrays.stream(round.counts).sum();
    long[] all = new long[count];
    int at = 0;
    for (int caller = 0; caller < callers; caller++) {
      System.arraycopy(round.nanoseconds[caller], 0, all, at, round.counts[caller]);
      at += round.counts[caller];
    }
    Arrays.sort(all);
    double p50 = count == 0 ? 0 : all[count / 2] / 1e6;
    double p99 = count == 0 ? 0 : all[(int) (count * 0.99)] / 1e6;
    String first = String.valueOf(round.firstError.get()).replaceAll("[^ -~]|[\"\\\\]", " ");
    return String.format(
        Locale.ROOT, "{\"operations\":%d,\"seconds\":%.4f,\"p50Ms\":%.3f,\"p99Ms\":%.3f,\"errors\":%d,\"firstError\":\"%s\"}",
        count, seconds, p50, p99, round.errors.get(), first);
  }

  /** Callers that each begin the next call when the last is answered. What one caller notes is seen by its next call only. */
  static class Round {
    final Operation operation;
    final long end;
    final CountDownLatch running;
    final long[][] nanoseconds;
    final int[] counts;
    final AtomicInteger errors = new AtomicInteger();
    final AtomicReference<Throwable> firstError = new AtomicReference<>();

    Round(Operation operation, int callers, long end) {
      this.operation = operation;
      this.end = end;
      running = new CountDownLatch(callers);
      nanoseconds = new long[callers][4096];
      counts = new int[callers];
    }

    void next(int caller) {
      long begun = System.nanoTime();
      if (begun >= end) {
        running.countDown();
        return;
      }
      operation.run(caller).whenComplete((nothing, error) -> {
        if (error != null) {
          errors.incrementAndGet();
          firstError.compareAndSet(null, error);
        } else {
          if (counts[caller] == nanoseconds[caller].length) nanoseconds[caller] = Arrays.copyOf(nanoseconds[caller], counts[caller] * 2);
          nanoseconds[caller][counts[caller]++] = System.nanoTime() - begun;
        }
        next(caller);
      });
    }
  }

  static Operation operationOf(AsyncTable<?> table, String name, String kind, int rows) {
    switch (kind) {
      case "put":
        return caller -> table.put(randomPut(randomLetter()));
      case "putBatch":
        return caller -> table.putAll(randomPuts(rows));
      case "conditional":
        long[] batches = BATCHES.computeIfAbsent(name, key -> new long[1024]);
        return caller -> conditional(table, caller, rows, batches);
      case "page":
        return caller -> page(table, rows);
      default:
        throw new IllegalArgumentException(kind);
    }
  }

  static CompletableFuture<Void> conditional(AsyncTable<?> table, int caller, int rows, long[] batches) {
    int letter = caller % REGIONS;
    byte[] fence = row(letter, 'j', caller, 0);
    long batch = batches[caller];
    byte[] expected = batch == 0 ? new byte[0] : bytesOf(batch);
    MutateRowsRequest.Builder request = MutateRowsRequest.newBuilder();
    try {
      Put put = new Put(fence, FIRST_TIMESTAMP + batch).addColumn(FAMILY, QUALIFIER, bytesOf(batch + 1));
      request.addMutationRequest(ProtobufUtil.toMutation(MutationType.PUT, put));
      for (int index = 1; index < rows; index++) request.addMutationRequest(ProtobufUtil.toMutation(MutationType.PUT, randomPut(letter)));
      request.addCondition(ProtobufUtil.toCondition(fence, FAMILY, QUALIFIER, CompareOperator.EQUAL, expected, null));
    } catch (java.io.IOException error) {
      return CompletableFuture.failedFuture(error);
    }
    MutateRowsRequest whole = request.build();
    return table
        .<MultiRowMutationService.Interface, MutateRowsResponse>coprocessorService(
            MultiRowMutationService::newStub, (stub, controller, done) -> stub.mutateRows(controller, whole, done), fence)
        .thenAccept(answer -> {
          if (!answer.getProcessed()) throw new IllegalStateException("condition false");
          batches[caller] = batch + 1;
        });
  }

  static CompletableFuture<Void> page(AsyncTable<?> table, int rows) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    int letter = randomLetter();
    int prefix = random.nextInt(PREFIXES / REGIONS);
    byte[] start = row(letter, 'p', prefix, random.nextInt(ROWS_OF_PREFIX - rows + 1));
    byte[] stop = row(letter, 'p', prefix, ROWS_OF_PREFIX);
    Scan scan = new Scan().withStartRow(start).withStopRow(stop).setLimit(rows).setCaching(rows).setReadType(Scan.ReadType.PREAD);
    return table.scanAll(scan).thenAccept(results -> {
      if (results.size() != rows) throw new IllegalStateException("a page of " + results.size());
    });
  }

  static List<Put> randomPuts(int rows) {
    List<Put> puts = new ArrayList<>(rows);
    for (int index = 0; index < rows; index++) puts.add(randomPut(randomLetter()));
    return puts;
  }

  static Put randomPut(int letter) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    byte[] row = row(letter, 'm', random.nextInt(65_536), random.nextLong());
    return new Put(row, FIRST_TIMESTAMP).addColumn(FAMILY, QUALIFIER, VALUES[random.nextInt(VALUES.length)]);
  }

  static int randomLetter() {
    return ThreadLocalRandom.current().nextInt(REGIONS);
  }

  static byte[] row(int letter, char kind, int number, long rest) {
    byte[] row = new byte[12];
    row[0] = (byte) ('a' + letter);
    row[1] = (byte) kind;
    row[2] = (byte) (number >> 8);
    row[3] = (byte) number;
    System.arraycopy(bytesOf(rest), 0, row, 4, 8);
    return row;
  }

  static byte[] bytesOf(long number) {
    byte[] bytes = new byte[8];
    for (int index = 0; index < 8; index++) bytes[index] = (byte) (number >>> (56 - 8 * index));
    return bytes;
  }
}
