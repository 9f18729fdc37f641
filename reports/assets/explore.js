// Charts are drawn without any script. This one offers to explore them: Plotly (4.8 MB) is fetched from beside this
// file only when somebody asks, and nothing ever leaves the folder of the site.
(() => {
  "use strict";
  const plotlyUrl = document.currentScript.dataset.plotly;
  const config = { displaylogo: false, showSendToCloud: false, plotlyServerURL: "", responsive: true,
    modeBarButtonsToRemove: ["lasso2d", "select2d", "toImage"] };
  // The page's numbers are those of its locale, this one as well (`1,234.5` in English): the charts write theirs alike.
  const [, group, decimal] = document.body.dataset.number.match(/^1(.)234(.)5$/);
  let loading;

  const load = () => (loading ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = plotlyUrl;
    script.onload = () => done(window.Plotly);
    script.onerror = () => { loading = undefined; failed(new Error("assets/plotly.min.js could not be loaded")); };
    document.head.append(script);
  }));

  const colours = () => {
    const style = getComputedStyle(document.documentElement);
    return (name) => style.getPropertyValue(`--${name}`).trim();
  };

  const dashes = ["solid", "dash", "dot", "dashdot", "longdash", "solid"];
  const fills = { "b-degraded": "amber", "b-failed": "bad", "b-limited": "info", "b-blocked": "rule", "b-ours": "hatch" };

  const dressed = (figure, of) => {
    const axis = (given) => ({ gridcolor: of("line"), linecolor: of("rule"), zeroline: false, automargin: true,
      separatethousands: true, exponentformat: "none",
      ...(given?.type === "log" && { nticks: 4, tickformat: ",.12~g" }), ...given }); // else `2 5 10k 2 5`
    const data = figure.data.map((trace, place) => {
      const colour = of(fills[trace.meta] ?? `s${Math.min(place, 5) + 1}`);
      const look = trace.type === "bar"
        ? { marker: { color: trace.meta ? colour : of("up") } }
        : { line: { ...trace.line, color: colour, width: 2, dash: dashes[Math.min(place, 5)] },
            marker: { ...trace.marker, color: trace.mode === "markers" ? of("ink") : colour, size: 7 } };
      return { ...trace, ...look, error_x: trace.error_x && { ...trace.error_x, color: of("ink") } };
    });
    const layout = { ...figure.layout, height: 340, margin: { t: 16, r: 16, b: 48, l: 56 }, hovermode: "closest",
      separators: decimal + group,
      paper_bgcolor: of("paper"), plot_bgcolor: of("paper"), font: { color: of("ink"), size: 12 },
      legend: { orientation: "h", y: -0.25 },
      xaxis: axis(figure.layout.xaxis), yaxis: axis(figure.layout.yaxis) };
    return [data, layout];
  };

  const toggle = async (button) => {
    const chart = document.getElementById(`chart-${button.dataset.chart}`);
    const still = chart.querySelector("svg.pl");
    const live = chart.querySelector(".live");
    if (live) {
      window.Plotly.purge(live);
      live.remove();
      still.removeAttribute("hidden");
      button.textContent = "Explore";
      return;
    }
    button.disabled = true;
    button.textContent = "Loading …";
    try {
      const plotly = await load();
      const figure = JSON.parse(chart.querySelector("script[data-figure]").textContent);
      const place = document.createElement("div");
      place.className = "live";
      still.setAttribute("hidden", "");
      still.before(place);
      await plotly.newPlot(place, ...dressed(figure, colours()), config);
      button.textContent = "Back to the drawing";
    } catch (error) {
      chart.querySelector(".live")?.remove();
      still.removeAttribute("hidden");
      button.textContent = `Explore (${error.message})`;
    } finally {
      button.disabled = false;
    }
  };

  for (const button of document.querySelectorAll("button.explore")) {
    button.hidden = false;
    button.addEventListener("click", () => toggle(button));
  }
})();
