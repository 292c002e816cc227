package tern.runtime.generate;

import java.util.List;
import tern.runtime.tokenizer.StreamDecoder;
import tern.runtime.tokenizer.Tokenizer;

/// Text of generated tokens as they come: whole characters, and nothing of a stop text. One stream, one thread.
public final class TextStream {

    private final StreamDecoder decoder;
    private final StopTexts stops;

    /// @param stops texts that end the stream, each not empty
    public TextStream(Tokenizer tokenizer, List<String> stops) {
        decoder = new StreamDecoder(tokenizer);
        this.stops = new StopTexts(stops);
    }

    /// What can be shown now, with this token; empty if that is nothing.
    public String push(int token) {
        return stops.push(decoder.push(token));
    }

    /// Whether a stop text was there: the stream is at its end.
    public boolean isStopped() {
        return stops.isFound();
    }

    /// The stop text that was there; empty if none was.
    public String stopText() {
        return stops.found();
    }

    /// What was still held back. To be called once, at the end.
    public String finish() {
        if (stops.isFound()) return "";
        return stops.push(decoder.finish()) + stops.finish();
    }
}
