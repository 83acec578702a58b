using System.Text;
using NUnit.Framework;
using SuperD.Configuration;
using SuperD.Conversing;
using SuperD.Services;

namespace SuperD.Tests.Conversing;

/// <summary>The builtins' answers to a datagram.</summary>
public sealed class DatagramAnswersTests
{
    [Test]
    public void Chargen_answers_with_up_to_512_characters_of_its_pattern()
    {
        string pattern = Encoding.ASCII.GetString(CharacterPattern.Bytes);
        string[] answers = [.. Enumerable.Range(0, 500).Select(_ => Answer(Builtin.Chargen))];

        Assert.That(answers.Where(answer => answer.Length > 512 || !pattern.StartsWith(answer, StringComparison.Ordinal)), Is.Empty);
        Assert.That(answers.Distinct().Count(), Is.GreaterThan(100), "the length is random");
    }

    [Test]
    public void Status_is_cut_after_a_whole_line_where_one_datagram_ends()
    {
        string all = Answer(Builtin.Status, services: 10);
        string some = Answer(Builtin.Status, services: 1000);

        Assert.That(all.Split("\r\n"), Has.Length.EqualTo(11));
        Assert.That(some, Has.Length.InRange(1100, 1232).And.EndsWith("listening\r\n").And.StartsWith(all));
    }

    [Test]
    public void Discard_answers_nothing_which_is_not_the_same_as_an_empty_answer()
    {
        Assert.That(DatagramAnswers.TryAnswer(Builtin.Discard, [], default, () => [], out _), Is.False);
        Assert.That(DatagramAnswers.TryAnswer(Builtin.Echo, [], default, () => [], out ReadOnlySpan<byte> answer), Is.True);
        Assert.That(answer.Length, Is.Zero);
    }

    private static string Answer(Builtin builtin, int services = 0)
    {
        IEnumerable<ServiceStatus> status = Enumerable.Range(0, services).Select(i => new ServiceStatus($"s{i}", [], default, "listening"));
        Assert.That(DatagramAnswers.TryAnswer(builtin, [], default, () => status, out ReadOnlySpan<byte> answer), Is.True);
        return Encoding.ASCII.GetString(answer);
    }
}
