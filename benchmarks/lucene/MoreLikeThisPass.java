import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.IntStream;
import org.apache.lucene.analysis.ar.ArabicAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.FieldType;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.queries.mlt.MoreLikeThis;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;

/**
 * Indexes one text a line and asks for what is like every so-manyth document.
 *
 * <p>Arguments: file of texts, folder of the index, threads, step between documents that are asked
 * for, how many are wanted. Prints seconds of the clock and of processors, and its peak of memory,
 * as JSON.
 */
public final class MoreLikeThisPass {
  private static final String FIELD = "text";

  public static void main(String[] given) throws Exception {
    Path texts = Path.of(given[0]);
    Path folder = Path.of(given[1]);
    ForkJoinPool threads = new ForkJoinPool(Integer.parseInt(given[2]));
    int step = Integer.parseInt(given[3]);
    int wanted = Integer.parseInt(given[4]);
    double[] begun = clocks();
    try (Directory directory = new MMapDirectory(folder.resolve("index"))) {
      threads.submit(() -> index(texts, directory)).get();
      double[] indexed = clocks();
      int[][] near = threads.submit(() -> nearest(directory, step, wanted)).get();
      double[] asked = clocks();
      save(near, folder.resolve("near"));
      double[] saved = clocks();
      System.out.printf(
          "{\"passed\": [%f, %f, %f], \"spent\": [%f, %f, %f], \"peak_kb\": %d}%n",
          indexed[0] - begun[0], asked[0] - indexed[0], saved[0] - asked[0],
          indexed[1] - begun[1], asked[1] - indexed[1], saved[1] - asked[1],
          peakKilobytes());
    }
  }

  private static Void index(Path texts, Directory directory) throws IOException {
    FieldType type = new FieldType(TextField.TYPE_NOT_STORED);
    type.setStoreTermVectors(true); // else every question would have to read the text anew
    IndexWriterConfig config = new IndexWriterConfig(new ArabicAnalyzer());
    config.setRAMBufferSizeMB(256);
    try (IndexWriter writer = new IndexWriter(directory, config);
        BufferedReader lines = Files.newBufferedReader(texts)) {
      lines.lines().parallel().forEach(text -> add(writer, new Field(FIELD, text, type)));
      writer.forceMerge(1);
    }
    return null;
  }

  private static void add(IndexWriter writer, Field field) {
    Document document = new Document();
    document.add(field);
    try {
      writer.addDocument(document);
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  private static int[][] nearest(Directory directory, int step, int wanted) throws IOException {
    try (IndexReader reader = DirectoryReader.open(directory)) {
      IndexSearcher searcher = new IndexSearcher(reader);
      int asked = (reader.maxDoc() + step - 1) / step;
      ThreadLocal<MoreLikeThis> likes = ThreadLocal.withInitial(() -> likeOf(reader));
      return IntStream.range(0, asked)
          .parallel()
          .mapToObj(i -> like(searcher, likes.get(), i * step, wanted))
          .toArray(int[][]::new);
    }
  }

  private static MoreLikeThis likeOf(IndexReader reader) {
    MoreLikeThis like = new MoreLikeThis(reader);
    like.setFieldNames(new String[] {FIELD});
    return like;
  }

  private static int[] like(IndexSearcher searcher, MoreLikeThis like, int document, int wanted) {
    try {
      ScoreDoc[] found = searcher.search(like.like(document), wanted).scoreDocs;
      return IntStream.range(0, found.length).map(i -> found[i].doc).toArray();
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  private static void save(int[][] near, Path path) throws IOException {
    try (DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(path)))) {
      for (int[] row : near) {
        for (int document : row) {
          out.writeInt(document);
        }
      }
    }
  }

  private static long peakKilobytes() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmHWM:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
        .findFirst()
        .orElse(0);
  }

  private static double[] clocks() {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return new double[] {System.nanoTime() / 1e9, system.getProcessCpuTime() / 1e9};
  }

  private MoreLikeThisPass() {}
}
