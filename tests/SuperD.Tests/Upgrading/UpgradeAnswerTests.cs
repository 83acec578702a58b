using NUnit.Framework;
using SuperD.Upgrading;

namespace SuperD.Tests.Upgrading;

/// <summary>An answer counts only if it shows that the question was understood.</summary>
public sealed class UpgradeAnswerTests
{
    private const string Nonce = "0123456789abcdef0123456789abcdef";

    [TestCase("{0}")]
    [TestCase("{0}\n")]
    [TestCase("warning: no locale\n{0}\nbye")]
    [TestCase("  {0}\r\n")]
    public void The_answer_is_found_among_what_else_a_wrapper_says(string said)
    {
        Assert.That(
            UpgradeAnswer.Read(string.Format(said, UpgradeAnswer.Write(Nonce, "9.9.9")), Nonce, out string? problem), Is.EqualTo("9.9.9"));
        Assert.That(problem, Is.Null);
    }

    [TestCase("", "nothing")]
    [TestCase("{}", "{}")]
    [TestCase("9.9.9", "9.9.9")]
    [TestCase("superd-upgrade", "superd-upgrade")]
    [TestCase("superd-upgrade 0123456789abcdef0123456789abcde0 2 9.9.9", "abcde0")]
    [TestCase("superd-upgrade  2 9.9.9", "9.9.9")]
    [TestCase("superd-upgrade 0123456789abcdef0123456789abcdef 2", "superd-upgrade")]
    [TestCase("superd-upgrade 0123456789abcdef0123456789abcdef 2 9.9.9 more", "superd-upgrade")]
    [TestCase("x superd-upgrade 0123456789abcdef0123456789abcdef 2 9.9.9", "superd-upgrade")]
    public void Anything_else_is_quoted_and_not_believed(string said, string quoted)
    {
        Assert.That(UpgradeAnswer.Read(said, Nonce, out string? problem), Is.Null);
        Assert.That(problem, Does.StartWith("gives no answer that a superd would give").And.Contain(quoted));
    }

    [TestCase("99")]
    [TestCase("-2")]
    [TestCase("x")]
    [TestCase("02")]
    public void Another_format_is_told(string format)
    {
        Assert.That(UpgradeAnswer.Read($"superd-upgrade {Nonce} {format} 9.9.9", Nonce, out string? problem), Is.Null);
        Assert.That(problem, Does.StartWith($"takes over in format {format}"));
    }

    [Test]
    public void A_long_text_is_not_quoted_whole()
    {
        Assert.That(UpgradeAnswer.Read(new string('x', 10_000), Nonce, out string? problem), Is.Null);
        Assert.That(problem!.Length, Is.LessThan(400));
    }
}
