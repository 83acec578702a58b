using NUnit.Framework;
using SuperD.Configuration;
using static SuperD.Tests.Configuration.ConfigurationFiles;

namespace SuperD.Tests.Configuration;

/// <summary>reserve: instances kept for some clients.</summary>
public sealed class ReserveTests
{
    private const string Reserve = "reserve = { slots = 5, from = \"10.0.0.0/8\" }";

    [Test]
    public void It_is_inherited_and_replaced_like_any_key()
    {
        ReserveDefinition? inherited = DefinitionOf(Listen + Exec, superdToml: "[defaults]\ninstances = 40\n" + Reserve).Admission.Reserve;
        Assert.That((inherited!.Slots, inherited.From.Prefixes.Length), Is.EqualTo((5, 1)));
        ReserveDefinition? own = DefinitionOf(
            Listen + Exec + "reserve = { slots = 1, from = [\"::1\", \"::2\"] }",
            superdToml: "[defaults]\ninstances = 40\n" + Reserve).Admission.Reserve;
        Assert.That((own!.Slots, own.From.Prefixes.Length), Is.EqualTo((1, 2)));
    }

    [TestCase("wait = true", "instances = 40\n")]
    [TestCase("", "")]
    public void A_service_that_is_never_full_inherits_none(string line, string defaults) =>
        Assert.That(DefinitionOf(Listen + Exec + line, superdToml: "[defaults]\n" + defaults + Reserve).Admission.Reserve, Is.Null);

    [TestCase("reserve = 5", "3:11: error: reserve must be a table of slots and from, found the integer 5")]
    [TestCase("reserve = { slots = 5 }", "3:11: error: reserve.from is missing: which clients are they kept for? Add from = \"10.0")]
    [TestCase("reserve = { from = \"::1\" }", "3:11: error: reserve.slots is missing: how many instances are kept? Add slots = 5")]
    [TestCase("reserve = { slots = 0, from = \"::1\" }", "3:21: error: reserve.slots must be 1 or more, found 0")]
    [TestCase(
        "reserve = { slots = 1, from = \"::1\", form = 1 }", "3:38: error: unknown key \"reserve.form\"; did you mean 'reserve.from'?")]
    [TestCase(Reserve, "3:11: error: reserve needs instances: without it the service is never full; add instances = 40, with a number")]
    [TestCase(
        Reserve + "\ninstances = 5",
        "3:11: error: reserve cannot keep 5 of 5 instances, since nobody else could come; lower slots, or raise instances")]
    [TestCase(Reserve + "\ninstances = 9\nwhen_full = \"queue\"", "3:11: error: reserve cannot be kept with when_full = \"queue\": ")]
    [TestCase(Reserve + "\nwait = true", "3:11: error: reserve has no meaning with wait = true: the one program accepts all connections")]
    [TestCase(
        "instances = 9\nreserve = { slots = 1, from = \"uid:0\" }", "4:31: error: \"uid:0\" can match nobody: no address of listen")]
    public void A_reserve_that_keeps_nothing_for_anybody_is_an_error(string lines, string message) =>
        Assert.That(ProblemsOf(Listen + Exec + lines), Has.Length.EqualTo(1).And.One.StartsWith(message));

    [TestCase("instances = 3", "cannot keep 5 of 3 instances, since nobody else could come; lower slots, or raise instances")]
    [TestCase("instances = 9\nwhen_full = \"queue\"", "cannot be kept with when_full = \"queue\": ")]
    public void An_inherited_reserve_that_a_service_cannot_keep_is_a_warning(string lines, string message) =>
        Assert.That(
            ProblemsOf(Listen + Exec + lines, superdToml: "[defaults]\n" + Reserve),
            Has.Length.EqualTo(1).And.One.Contains("warning: reserve (from [defaults], ").And.One.Contains(message));
}
