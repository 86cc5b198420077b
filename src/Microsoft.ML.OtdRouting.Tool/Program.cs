using Microsoft.ML.OtdRouting.Tool;

return OtdTool.Run(args, Console.Out, Console.Error);
