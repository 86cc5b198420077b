using System.Net;
using System.Text;
using DetectionScenes;
using SceneParts;

namespace Detection;

/// <summary>A page with pictures and the boxes that were found in them, by the route that they took.</summary>
public static class DetectionPage
{
    private const int PicturesOfRoute = 8;

    /// <summary>Detections below this score are not drawn.</summary>
    private const float LeastScore = 0.3f;

    /// <summary>Writes the page.</summary>
    /// <param name="file">Where it goes.</param>
    /// <param name="scenes">The pictures.</param>
    /// <param name="routed">What the router says about them.</param>
    /// <param name="routes">Names of the routes.</param>
    public static void Write(string file, IReadOnlyList<GarmentScene> scenes, IReadOnlyList<RoutedScene> routed, IReadOnlyList<string> routes)
    {
        var page = new StringBuilder(
            $$"""
            <!doctype html><html lang="en"><meta charset="utf-8"><title>Garments by route</title>
            <style>body{font:15px system-ui;margin:2em}svg{width:320px;height:320px;margin:3px}image{image-rendering:pixelated}rect{fill:none}
            .true{stroke:#fff;stroke-width:.6;stroke-dasharray:2 1.5}.found{stroke:#4f6;stroke-width:.8}text{font-size:5px;fill:#4f6;stroke:#000;stroke-width:.8;paint-order:stroke}</style>
            <h1>Garments by route</h1>
            <p>The pictures are composed of images of Fashion-MNIST by a program of this project; none is a photograph. Dashed: where the garments are. Green: what the route has found with a score of
            {{LeastScore}} or more.</p>
            """);
        for (var route = 0; route < routes.Count; route++)
        {
            var members = Enumerable.Range(0, routed.Count).Where(i => routed[i].Route == route + 1).ToList();
            page.Append($"<h2>Route {WebUtility.HtmlEncode(routes[route])}: {members.Count:N0} of {routed.Count:N0} pictures</h2>");
            var step = Math.Max(1, members.Count / PicturesOfRoute);
            foreach (var i in members.Where((_, place) => place % step == 0).Take(PicturesOfRoute))
            {
                page.Append(Picture(scenes[i], routed[i]));
            }
        }

        File.WriteAllText(file, page.ToString());
    }

    private static StringBuilder Picture(GarmentScene scene, RoutedScene routed)
    {
        const int Side = GarmentScene.Side;
        var picture = new StringBuilder($"<svg viewBox=\"0 0 {Side} {Side}\"><image width=\"{Side}\" height=\"{Side}\" href=\"{PagePicture.Address(PagePicture.Colours(scene.Image), Side)}\"/>");
        foreach (var box in scene.BoundingBoxes.Chunk(4))
        {
            picture.Append(Rectangle("true", box));
        }

        for (var i = 0; i < routed.Score.Length && routed.Score[i] >= LeastScore; i++)
        {
            var box = routed.PredictedBoundingBoxes[(4 * i)..((4 * i) + 4)];
            picture.Append(Rectangle("found", box))
                .Append($"<text x=\"{box[0]:F1}\" y=\"{Math.Max(5, box[1] - 1):F1}\">{WebUtility.HtmlEncode(routed.Name[i])} {routed.Score[i]:F2}</text>");
        }

        return picture.Append("</svg>");
    }

    private static string Rectangle(string kind, float[] box) =>
        $"<rect class=\"{kind}\" x=\"{box[0]:F1}\" y=\"{box[1]:F1}\" width=\"{box[2] - box[0]:F1}\" height=\"{box[3] - box[1]:F1}\"/>";
}
