using System.Text;
using NUnit.Framework;
using SuperD.Logging;

namespace SuperD.Tests.Logging;

/// <summary>Untrusted text in a log is readable and cannot control the terminal that displays it.</summary>
public sealed class PrintableTests
{
    [TestCase("plain text, ~ and all", "plain text, ~ and all")]
    [TestCase("grün 漢字 🙂 é", "grün 漢字 🙂 é", TestName = "Letters_of_all_scripts_stay")]
    [TestCase("a\tb", @"a\tb", TestName = "A_tab_is_shown_as_such")]
    [TestCase(@"C:\x1b", @"C:\\x1b", TestName = "A_backslash_is_doubled_so_that_nobody_can_fake_an_escape")]
    [TestCase("\u001b[2J\u0007\0\r\n\u007f", @"\x1b[2J\x07\x00\x0d\x0a\x7f", TestName = "C0_controls_and_delete_are_escaped")]
    [TestCase("\u0085\u009b", @"\u{85}\u{9b}", TestName = "C1_controls_are_escaped")]
    [TestCase(
        "\u202e\u2066\u200b\ufeff\u00ad",
        @"\u{202e}\u{2066}\u{200b}\u{feff}\u{ad}",
        TestName = "Direction_marks_and_invisible_characters_are_escaped")]
    [TestCase("\u2028\u2029", @"\u{2028}\u{2029}", TestName = "Line_and_paragraph_separators_are_escaped")]
    [TestCase("\U000e0041", @"\u{e0041}", TestName = "Tag_characters_are_escaped")]
    public void Text_is_made_safe(string text, string expected) =>
        Assert.That(Printable.Escape(Encoding.UTF8.GetBytes(text)), Is.EqualTo(expected));

    [TestCase(new byte[] { 0x61, 0xff, 0x62 }, @"a\xffb", TestName = "A_byte_that_is_no_UTF8_is_shown_by_its_number")]
    [TestCase(new byte[] { 0xc0, 0xaf }, @"\xc0\xaf", TestName = "An_overlong_form_is_no_UTF8")]
    [TestCase(new byte[] { 0xed, 0xa0, 0x80 }, @"\xed\xa0\x80", TestName = "A_surrogate_is_no_UTF8")]
    [TestCase(new byte[] { 0x61, 0xe2, 0x82 }, @"a\xe2\x82", TestName = "A_character_cut_off_is_no_UTF8")]
    public void Bytes_that_are_no_text_are_shown_by_their_numbers(byte[] bytes, string expected) =>
        Assert.That(Printable.Escape(bytes), Is.EqualTo(expected));

    [Test]
    public void No_byte_and_no_pair_of_bytes_gets_a_control_character_through()
    {
        for (int value = 0; value <= 0xffff; value++)
        {
            string text = Printable.Escape([(byte)(value >> 8), (byte)value]);
            if (text.Any(char.IsControl))
            {
                Assert.Fail($"0x{value:x4} came through as a control character");
            }
        }
    }
}
