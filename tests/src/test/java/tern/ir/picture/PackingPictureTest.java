package tern.ir.picture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.xml.sax.InputSource;
import tern.ir.PackedCode;
import tern.ir.Packing;
import tern.ir.PackingCheck;
import tern.ir.text.Source;
import tern.ir.text.Tir;

class PackingPictureTest {

    private static final String TEXT =
            """
            codec both = planes
            packing planes_of_four {
                tile rows 2, k 4, 4 bytes;
                word i16;
                codec both;
                nonzero at row*4 + k;
                sign at 8 + row*4 + k;
                scale bf16 at 2;
                head 4 bytes { }
            }
            """;

    @Test
    void everyFieldScaleAndHoleOfTheLibraryIsNamedAtItsPlace() throws Exception {
        for (Packing packing : Tir.library().allPackings()) {
            List<String> titles = titles(parse(PackingPicture.svg(packing)));
            for (PackedCode code : packing.codes()) {
                var fields = packing.sections().get(code.section()).codec().fields();
                for (int f = 0; f < fields.size(); f++) {
                    String of = Tile.bits(code.bits()[f], fields.get(f).bits()) + " of the tile";
                    String field = fields.get(f).name() + " of codec " + packing.sections().get(code.section()).codec().name() + ": ";
                    assertThat(titles).as(packing.name()).anyMatch(title -> title.startsWith(field) && title.contains(of));
                }
            }
            long holes = PackingCheck.of(packing).holes().size();
            assertThat(titles.stream().filter(title -> title.startsWith("unused bit")).count()).as(packing.name()).isGreaterThanOrEqualTo(holes);
            assertThat(titles.stream().filter(title -> title.matches("(?s)row \\d+, k \\d+: digit.*")).count())
                    .as(packing.name()).isEqualTo((long) packing.rows() * packing.columns());
        }
    }

    @Test
    void digitsScalesAndHeadsAreSaidInWords() throws Exception {
        String svg = PackingPicture.svg(Tir.parse(new Source("text", TEXT)).packings());
        assertThat(titles(parse(svg))).contains(
                "nonzero of codec both: bit 6 of word 0, bit 6 of the tile\ndigit 0: row 1, k 2",
                "sign of codec both: bit 14 of word 0, bit 14 of the tile\ndigit 0: row 1, k 2",
                "row 1, k 2: digit 0\nnonzero: word 0, bit 6\nsign: word 0, bit 14\nscale 0, bf16, bytes 2..3: of rows 0..1, k 0..3",
                "scale 0, bf16, bytes 2..3: of rows 0..1, k 0..3", "unused bytes");
        assertThat(svg).contains("prefers-color-scheme:dark", "coloured by row", "Head of each row of tiles: 4 bytes");
    }

    /// No part reaches beyond the paper, and no words beyond their box where the widest bit is wide enough.
    @Test
    void allPartsLieOnThePaper() throws Exception {
        for (Packing packing : Tir.library().allPackings()) {
            Document document = parse(PackingPicture.svg(packing));
            Element root = document.getDocumentElement();
            int width = number(root, "width"), height = number(root, "height");
            for (Element box : elements(document, "rect").toList()) {
                if (box.getAttribute("class").equals("paper")) continue;
                assertThat(number(box, "x") + number(box, "width")).as(packing.name()).isLessThanOrEqualTo(width);
                assertThat(number(box, "y") + number(box, "height")).as(packing.name()).isLessThanOrEqualTo(height);
            }
        }
    }

    @Test
    void theLocaleChangesNothing() {
        Packing packing = Tir.library().packing("tq1_0");
        Locale before = Locale.getDefault();
        String there = PackingPicture.svg(packing);
        Locale.setDefault(Locale.forLanguageTag("ar-EG"));
        try {
            assertThat(PackingPicture.svg(packing)).isEqualTo(there);
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void whatIsNoPackingIsNotDrawn() {
        Packing sound = Tir.library().packing("tq2_0");
        var half = new Packing("half", sound.rows(), sound.columns(), sound.word(), sound.tileBytes() / 2, sound.sections(), sound.scale(),
                sound.order(), sound.spread(), 0, 0);
        assertThatThrownBy(() -> PackingPicture.svg(half)).hasMessageStartingWith("packing half: ");
    }

    private static Document parse(String svg) throws Exception {
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(svg)));
    }

    private static List<String> titles(Document document) {
        return elements(document, "title").map(Element::getTextContent).toList();
    }

    private static Stream<Element> elements(Document document, String name) {
        var found = new ArrayList<Element>();
        var nodes = document.getElementsByTagName(name);
        for (int i = 0; i < nodes.getLength(); i++) found.add((Element) nodes.item(i));
        return found.stream();
    }

    private static int number(Element element, String attribute) {
        return Integer.parseInt(element.getAttribute(attribute));
    }
}
