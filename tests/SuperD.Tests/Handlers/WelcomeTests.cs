using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Handlers;

/// <summary>The iterative and the concurrent server of the lecture.</summary>
public sealed class WelcomeTests
{
    [Test]
    public async Task Welcome_greets_before_the_client_says_anything()
    {
        using var welcome = new ChildProcess(Repository.PathOf("src/handlers/welcome"));

        Assert.That(await welcome.ReadLineAsync(), Is.EqualTo("Welcome to Network Server!!!"));
        Assert.That(await welcome.ReadLogLineAsync(), Is.EqualTo("*** Send a Message to Client(192.0.2.7)"));
    }

    [Test]
    public async Task Welcome_ends_after_one_line_though_the_client_could_say_more()
    {
        using var welcome = new ChildProcess(Repository.PathOf("src/handlers/welcome"));

        welcome.Send("first\nsecond\n");

        Assert.That(await ReadMessageAsync(welcome), Is.EqualTo("** From Client : first"));
        Assert.That(await welcome.ReadLogLineAsync(), Is.Null);
        Assert.That(await welcome.EndAsync(), Is.Zero);
    }

    [TestCase("hello\n", "hello", TestName = "A_line_is_logged_without_its_end")]
    [TestCase("hello\r\n", "hello", TestName = "A_line_ended_by_CR_LF_is_logged_without_it")]
    [TestCase("hello", "hello", TestName = "A_message_without_newline_is_logged_at_the_end_of_input")]
    [TestCase("\n", "", TestName = "An_empty_line_is_a_message")]
    [TestCase("  a  b \n", "  a  b ", TestName = "Blanks_are_kept")]
    [TestCase("100%s%n \\n $(id) `id` *\n", "100%s%n \\n $(id) `id` *", TestName = "What_is_special_to_a_shell_or_printf_is_logged_as_it_is")]
    [TestCase("-n\n", "-n", TestName = "A_message_that_looks_like_an_option_is_logged")]
    [TestCase("grüße\n", "grüße", TestName = "A_message_in_UTF_8_is_logged")]
    public async Task Message(string sent, string logged)
    {
        using var welcome = new ChildProcess(Repository.PathOf("src/handlers/welcome"));

        welcome.Send(sent, all: true);

        Assert.That(await ReadMessageAsync(welcome), Is.EqualTo($"** From Client : {logged}"));
        Assert.That(await welcome.EndAsync(), Is.Zero);
    }

    [Test]
    public async Task A_client_that_ends_without_a_word_is_no_failure()
    {
        using var welcome = new ChildProcess(Repository.PathOf("src/handlers/welcome"));

        welcome.Send("", all: true);

        Assert.That(await ReadMessageAsync(welcome), Is.Null);
        Assert.That(await welcome.EndAsync(), Is.Zero);
    }

    [Test]
    public async Task Concurrent_greets_and_logs_the_message_before_it_works()
    {
        using var concurrent = new ChildProcess(Repository.PathOf("src/handlers/concurrent"));

        Assert.That(await concurrent.ReadLineAsync(), Is.EqualTo("Welcome to Server"));
        concurrent.Send("hello\n");
        Assert.That(await ReadMessageAsync(concurrent), Is.EqualTo("** From Client : hello"));
        Assert.That(await concurrent.KillAsync(), Is.True, "it was still there");
    }

    /// <summary>The log line after the one about the greeting.</summary>
    private static async Task<string?> ReadMessageAsync(ChildProcess handler)
    {
        Assert.That(await handler.ReadLogLineAsync(), Is.EqualTo("*** Send a Message to Client(192.0.2.7)"));
        return await handler.ReadLogLineAsync();
    }
}
