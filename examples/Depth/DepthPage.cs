using System.Net;
using System.Text;
using DepthScenes;
using SceneParts;

namespace Depth;

/// <summary>A page with pictures, their true and predicted depths and the errors of these, by the route that they took.</summary>
public static class DepthPage
{
    private const int PicturesOfRoute = 6;

    /// <summary>Depth that is shown as the darkest, in metres.</summary>
    private const float Farthest = 10;

    /// <summary>Relative error that is shown as full red.</summary>
    private const float Worst = 0.5f;

    /// <summary>Writes the page.</summary>
    /// <param name="file">Where it goes.</param>
    /// <param name="pictures">The pictures.</param>
    /// <param name="routed">What the router says about them.</param>
    /// <param name="routes">Names of the routes.</param>
    public static void Write(string file, IReadOnlyList<DepthPicture> pictures, IReadOnlyList<RoutedDepth> routed, IReadOnlyList<string> routes)
    {
        var page = new StringBuilder(
            """
            <!doctype html><html lang="en"><meta charset="utf-8"><title>Depth by route</title>
            <style>body{font:15px system-ui;margin:2em}figure{display:inline-block;margin:3px;font-size:12px;text-align:center}img{width:192px;height:144px;image-rendering:pixelated}</style>
            <h1>Depth by route</h1>
            <p>The scenes are rendered by a program of this project; none is a photograph. Every line has a picture, its true depths, those of the route (near is bright, 10 m and more is
            black), and their relative error (50 % and more is red).</p>
            """);
        for (var route = 0; route < routes.Count; route++)
        {
            var members = Enumerable.Range(0, routed.Count).Where(i => routed[i].Route == route + 1).ToList();
            page.Append($"<h2>Route {WebUtility.HtmlEncode(routes[route])}: {members.Count:N0} of {routed.Count:N0} pictures</h2>");
            var step = Math.Max(1, members.Count / PicturesOfRoute);
            foreach (var i in members.Where((_, place) => place % step == 0).Take(PicturesOfRoute))
            {
                var errors = routed[i].Prediction.Zip(pictures[i].Depth, (p, t) => Math.Abs(p - t) / t).ToArray();
                page.Append("<div>")
                    .Append(Figure(PagePicture.Colours(pictures[i].Image), DepthPicture.Width, "picture"))
                    .Append(Figure([.. pictures[i].Depth.Select(Brightness)], DepthPicture.DepthWidth, "true depth"))
                    .Append(Figure([.. routed[i].Prediction.Select(Brightness)], DepthPicture.DepthWidth, "depth of the route"))
                    .Append(Figure([.. errors.Select(e => (255 * Math.Min(1, e / Worst), 30f, 30f))], DepthPicture.DepthWidth, $"AbsRel {errors.Average():F3}"))
                    .Append("</div>");
            }
        }

        File.WriteAllText(file, page.ToString());
    }

    private static (float Red, float Green, float Blue) Brightness(float depth)
    {
        var level = 255 * Math.Clamp(1 - (depth / Farthest), 0, 1);
        return (level, level, level);
    }

    private static string Figure(IReadOnlyList<(float Red, float Green, float Blue)> pixels, int width, string caption) =>
        $"<figure><img alt=\"\" src=\"{PagePicture.Address(pixels, width)}\"><figcaption>{caption}</figcaption></figure>";
}
