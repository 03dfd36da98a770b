package io.orderwatch.node.lock;

import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.redisson.client.codec.BaseCodec;
import org.redisson.client.protocol.Decoder;
import org.redisson.client.protocol.Encoder;

/**
 * Text as UTF-8. Redisson's own codec of this kind encodes into pooled buffers, which leak when a command fails before
 * it is written.
 */
public final class TextCodec extends BaseCodec {

    public static final TextCodec INSTANCE = new TextCodec();

    private final Encoder encoder =
            text -> Unpooled.wrappedBuffer(text.toString().getBytes(StandardCharsets.UTF_8));
    private final Decoder<Object> decoder = (buffer, state) -> buffer.toString(StandardCharsets.UTF_8);

    private TextCodec() {}

    @Override
    public Encoder getValueEncoder() {
        return encoder;
    }

    @Override
    public Decoder<Object> getValueDecoder() {
        return decoder;
    }
}
