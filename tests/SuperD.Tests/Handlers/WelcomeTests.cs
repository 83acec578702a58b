using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Handlers;

/// <summary>The lecture's iterative and concurrent servers.</summary>
public sealed class WelcomeTests
{
    [Test]
    public void Welcome_greets_before_the_client_says_anything()
    {
        using RunningProgram welcome = Start("welcome");

        Assert.That(welcome.Output.ReadLine(), Is.EqualTo("Welcome to Network Server!!!"));
        Assert.That(welcome.Errors.ReadLine(), Is.EqualTo("*** Send a Message to Client(192.0.2.7)"));
    }

    [Test]
    public void Welcome_ends_after_one_line_though_the_client_could_say_more()
    {
        using RunningProgram welcome = Start("welcome");

        welcome.Send("first\nsecond\n");

        Assert.That(ReadMessage(welcome), Is.EqualTo("** From Client : first"));
        Assert.That(welcome.Errors.ReadLine(), Is.Null);
        Assert.That(welcome.WaitForEnd(), Is.Zero);
    }

    [TestCase("hello\n", "hello", TestName = "A_line_is_logged_without_its_end")]
    [TestCase("hello\r\n", "hello", TestName = "A_line_ended_by_CR_LF_is_logged_without_it")]
    [TestCase("hello", "hello", TestName = "A_message_without_newline_is_logged_at_the_end_of_input")]
    [TestCase("\n", "", TestName = "An_empty_line_is_a_message")]
    [TestCase("  a  b \n", "  a  b ", TestName = "Blanks_are_kept")]
    [TestCase(
        "100%s%n \\n $(id) `id` *\n", "100%s%n \\n $(id) `id` *", TestName = "What_is_special_to_a_shell_or_printf_is_logged_as_it_is")]
    [TestCase("-n\n", "-n", TestName = "A_message_that_looks_like_an_option_is_logged")]
    [TestCase("grüße\n", "grüße", TestName = "A_message_in_UTF_8_is_logged")]
    public void Message(string sent, string logged)
    {
        using RunningProgram welcome = Start("welcome");

        welcome.Send(sent);
        welcome.EndInput();

        Assert.That(ReadMessage(welcome), Is.EqualTo($"** From Client : {logged}"));
        Assert.That(welcome.WaitForEnd(), Is.Zero);
    }

    [Test]
    public void A_client_that_ends_without_a_word_is_no_failure()
    {
        using RunningProgram welcome = Start("welcome");

        welcome.EndInput();

        Assert.That(ReadMessage(welcome), Is.Null);
        Assert.That(welcome.WaitForEnd(), Is.Zero);
    }

    [Test]
    public void Concurrent_greets_and_logs_the_message_before_it_works()
    {
        using RunningProgram concurrent = Start("concurrent");

        Assert.That(concurrent.Output.ReadLine(), Is.EqualTo("Welcome to Server"));
        concurrent.Send("hello\n");
        Assert.That(ReadMessage(concurrent), Is.EqualTo("** From Client : hello"));
        Assert.That(concurrent.Kill(), Is.True, "it was still there");
    }

    /// <summary>
    /// Runs a handler with a client's address in its environment, and with pipes in place of the client and superd's log.
    /// </summary>
    private static RunningProgram Start(string handler) =>
        new(Repository.PathOf($"src/handlers/{handler}"), [], environment: [new("REMOTE_ADDR", "192.0.2.7")]);

    /// <summary>The log line after the greeting's.</summary>
    private static string? ReadMessage(RunningProgram handler)
    {
        Assert.That(handler.Errors.ReadLine(), Is.EqualTo("*** Send a Message to Client(192.0.2.7)"));
        return handler.Errors.ReadLine();
    }
}
