using System.Globalization;
using NUnit.Framework;
using SuperD.Admission;
using SuperD.Configuration;
using SuperD.Tests.Configuration;
using SuperD.Tests.Support;

namespace SuperD.Tests.Admission;

/// <summary>When a service is open, by local time; 2026-03-02 is a Monday.</summary>
public sealed class AccessTimesTests
{
    [TestCase("08:00-18:00", "2026-03-02 07:59:59", false)]
    [TestCase("08:00-18:00", "2026-03-02 08:00:00", true)]
    [TestCase("08:00-18:00", "2026-03-02 17:59:59", true)]
    [TestCase("08:00-18:00", "2026-03-02 18:00:00", false)]
    [TestCase("8:00-18:00", "2026-03-02 08:00:00", true)]
    [TestCase("12:00-24:00", "2026-03-02 23:59:59", true)]
    [TestCase("12:00-24:00", "2026-03-03 00:00:00", false)]
    [TestCase("00:00-24:00", "2026-03-03 00:00:00", true)]
    [TestCase("22:00-06:00", "2026-03-02 21:59:59", false)]
    [TestCase("22:00-06:00", "2026-03-02 22:00:00", true)]
    [TestCase("22:00-06:00", "2026-03-03 05:59:59", true)]
    [TestCase("22:00-06:00", "2026-03-03 06:00:00", false)]
    [TestCase("22:00-00:00", "2026-03-02 23:59:59", true)]
    [TestCase("22:00-00:00", "2026-03-03 00:00:00", false)]
    [TestCase("Mon-Fri 08:00-18:00", "2026-03-06 12:00:00", true)]
    [TestCase("Mon-Fri 08:00-18:00", "2026-03-07 12:00:00", false)]
    [TestCase("Fri-Mon", "2026-03-01 12:00:00", true)]
    [TestCase("Fri-Mon", "2026-03-03 12:00:00", false)]
    [TestCase("sat,SUN", "2026-03-07 00:00:00", true)]
    [TestCase("Mon,Wed-Thu", "2026-03-03 12:00:00", false)]
    [TestCase("Mon,Wed-Thu", "2026-03-04 12:00:00", true)]
    [TestCase("Mon 22:00-06:00", "2026-03-02 05:00:00", false)]
    [TestCase("Mon 22:00-06:00", "2026-03-03 05:00:00", true)]
    [TestCase("Sat 22:00-06:00", "2026-03-08 05:59:59", true)]
    [TestCase("Sat 22:00-06:00", "2026-03-08 22:00:00", false)]
    [TestCase("Mon-Fri 08:00-18:00|22:00-06:00", "2026-03-07 23:00:00", true)]
    [TestCase("Mon-Fri 08:00-18:00|22:00-06:00", "2026-03-02 20:00:00", false)]
    public void A_service_is_open_in_any_of_its_windows(string windows, string utc, bool isOpen) =>
        Assert.That(IsOpen(windows, "UTC", utc), Is.EqualTo(isOpen));

    [TestCase(
        "Mon-Fri 08:00-18:00", "2026-03-06 19:30:30",
        "closed: Mon-Fri 08:00-18:00; it is Fri 19:30 (UTC), it opens Mon 08:00", 217_770)]
    [TestCase("Mon-Fri 08:00-18:00", "2026-03-06 17:59:59", "open: Mon-Fri 08:00-18:00; it is Fri 17:59 (UTC), it closes Fri 18:00", 0)]
    [TestCase(
        "22:00-06:00|Mon,Wed-Fri,Sun", "2026-03-03 21:00:00",
        "closed: 22:00-06:00, Mon,Wed-Fri,Sun 00:00-24:00; it is Tue 21:00 (UTC), it opens Tue 22:00", 3600)]
    [TestCase("00:00-24:00", "2026-03-03 21:00:00", "open: 00:00-24:00; it is Tue 21:00 (UTC), always open", 0)]
    public void What_is_said_names_the_windows_the_clock_and_what_comes_next(string windows, string utc, string text, int seconds)
    {
        var time = new FakeTime();
        time.SetUtc(Utc(utc));
        Assert.That(Times(windows, "UTC", time).Explain(out TimeSpan closedFor), Is.EqualTo(text));
        Assert.That(closedFor, Is.EqualTo(TimeSpan.FromSeconds(seconds)));
    }

    [Test]
    public void The_next_opening_is_right_when_the_clocks_change()
    {
        var time = new FakeTime();
        time.SetUtc(Utc("2026-03-28 22:00:00")); // 23:00 in Berlin; at 02:00 the clock goes forward to 03:00
        string text = Times("02:30-05:00", "Europe/Berlin", time).Explain(out TimeSpan closedFor);
        Assert.That(text, Does.EndWith("it is Sat 23:00 (Europe/Berlin), it opens Sun 03:00"));
        Assert.That(closedFor, Is.EqualTo(TimeSpan.FromHours(3)));
    }

    [TestCase("08:00")]
    [TestCase("8-18")]
    [TestCase("08:00-25:00")]
    [TestCase("24:00-06:00")]
    [TestCase("08:00-24:01")]
    [TestCase("08:60-09:00")]
    [TestCase("08:0-09:00")]
    [TestCase("008:00-09:00")]
    [TestCase("08:00-09:00-10:00")]
    [TestCase("08:00 - 18:00")]
    [TestCase("Mon-Fri,")]
    [TestCase("Monday")]
    [TestCase("Mon Fri")]
    [TestCase("08:00-18:00 Mon")]
    [TestCase("Mon 08:00-18:00 UTC")]
    [TestCase("")]
    [TestCase("08:00-08:00")]
    [TestCase("00:00-00:00")]
    public void Anything_else_is_no_window(string text) =>
        Assert.That(
            ConfigurationFiles.ProblemsOf(ConfigurationFiles.Listen + ConfigurationFiles.Exec + $"access_times = \"{text}\""),
            Has.Exactly(1).StartsWith("3:16: error: access_times"));

    [Test]
    public void The_clock_is_that_of_the_time_zone()
    {
        Assert.That(IsOpen("09:00-10:00", "Asia/Tokyo", "2026-03-02 00:30:00"), Is.True);
        Assert.That(IsOpen("Tue", "Asia/Tokyo", "2026-03-02 15:00:00"), Is.True, "it is Tuesday there");
        Assert.That(IsOpen("09:00-10:00", "Asia/Kolkata", "2026-03-02 03:30:00"), Is.True, "half an hour aside");
    }

    // In Berlin the clock jumps from 02:00 to 03:00 at 2026-03-29 01:00 UTC, and from 03:00 back to 02:00 at 2026-10-25 01:00 UTC.
    [TestCase("22:00-06:00", "2026-03-28 12:00:00", 7 * 60, TestName = "The_night_the_clock_goes_forward_has_an_hour_less")]
    [TestCase("22:00-06:00", "2026-10-24 12:00:00", 9 * 60, TestName = "The_night_the_clock_goes_back_has_an_hour_more")]
    [TestCase("22:00-06:00", "2026-03-02 12:00:00", 8 * 60, TestName = "Any_other_night_has_eight_hours")]
    [TestCase("02:15-02:45", "2026-03-28 12:00:00", 0, TestName = "A_time_that_is_skipped_does_not_come")]
    [TestCase("02:15-02:45", "2026-10-24 12:00:00", 60, TestName = "A_time_that_comes_twice_counts_twice")]
    [TestCase("01:30-03:30", "2026-03-28 12:00:00", 60, TestName = "A_window_over_the_skipped_hour_is_shorter_by_it")]
    [TestCase("Sun", "2026-03-28 22:00:00", 23 * 60, TestName = "A_Sunday_on_which_the_clock_goes_forward_has_23_hours")]
    public void Daylight_saving(string window, string fromUtc, int minutes)
    {
        var time = new FakeTime();
        AccessTimes times = Times(window, "Europe/Berlin", time);
        DateTime start = Utc(fromUtc);
        int open = 0;
        for (int minute = 0; minute < 24 * 60; minute++)
        {
            time.SetUtc(start.AddMinutes(minute));
            open += times.IsOpen ? 1 : 0;
        }

        Assert.That(open, Is.EqualTo(minutes));
    }

    [Test]
    public void A_week_of_minutes_is_as_its_windows_say()
    {
        // The reference is a calendar that lists every minute of every window.
        var random = new Random(17);
        for (int round = 0; round < 20; round++)
        {
            AccessWindow[] windows = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => RandomWindow(random))];
            var calendar = new bool[7 * AccessWindow.MinutesPerDay];
            foreach (AccessWindow window in windows)
            {
                for (int day = 0; day < 7; day++)
                {
                    int length = window.End > window.Start
                        ? window.End - window.Start
                        : AccessWindow.MinutesPerDay - window.Start + window.End;
                    for (int minute = 0; minute < length && (window.Days >> day & 1) != 0; minute++)
                    {
                        calendar[((day * AccessWindow.MinutesPerDay) + window.Start + minute) % calendar.Length] = true;
                    }
                }
            }

            DateTime sunday = Utc("2026-03-01 00:00:00");
            bool[] week =
            [
                .. Enumerable.Range(0, calendar.Length).Select(minute => windows.Any(window => window.Contains(sunday.AddMinutes(minute))))
            ];
            Assert.That(week, Is.EqualTo(calendar), string.Join(", ", windows));
        }
    }

    private static AccessWindow RandomWindow(Random random)
    {
        int start = random.Next(AccessWindow.MinutesPerDay);
        int end = random.Next(AccessWindow.MinutesPerDay + 1);
        return new AccessWindow(random.Next(1, 128), start, end == start ? AccessWindow.MinutesPerDay : end);
    }

    private static bool IsOpen(string windows, string zone, string utc)
    {
        var time = new FakeTime();
        time.SetUtc(Utc(utc));
        return Times(windows, zone, time).IsOpen;
    }

    private static AccessTimes Times(string windows, string zone, FakeTime time)
    {
        string lines = $"access_times = {TomlText.Of(windows.Split('|'))}\ntime_zone = \"{zone}\"";
        return new AccessTimes(
            ConfigurationFiles.DefinitionOf(ConfigurationFiles.Listen + ConfigurationFiles.Exec + lines).Admission.AccessTimes!, time);
    }

    private static DateTime Utc(string text) => DateTime.SpecifyKind(DateTime.Parse(text, CultureInfo.InvariantCulture), DateTimeKind.Utc);
}
