(function () {
  "use strict";
  document.querySelectorAll("table.data").forEach(function (table) {
    var body = table.tBodies[0];
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (head, column) {
      var button = document.createElement("button");
      button.type = "button";
      while (head.firstChild) button.appendChild(head.firstChild);
      head.appendChild(button);
      button.addEventListener("click", function () {
        var up = head.getAttribute("aria-sort") === "descending";
        var rows = Array.prototype.slice.call(body.rows);
        var numeric = rows.some(function (row) { return row.cells[column].hasAttribute("data-k"); });
        var key = function (row) {
          var cell = row.cells[column];
          if (!numeric) return cell.textContent;
          var raw = cell.getAttribute("data-k");
          return raw === "" || raw === null ? null : Number(raw);
        };
        rows.map(function (row, i) { return [key(row), i, row]; }).sort(function (a, b) {
          if (a[0] === null || b[0] === null) {
            return (a[0] === null) - (b[0] === null) || a[1] - b[1];
          }
          var order = numeric ? a[0] - b[0] : a[0].localeCompare(b[0], document.documentElement.lang);
          return (up ? order : -order) || a[1] - b[1];
        }).forEach(function (entry) { body.appendChild(entry[2]); });
        Array.prototype.forEach.call(head.parentNode.cells, function (other) {
          other.removeAttribute("aria-sort");
        });
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
      });
    });
  });
  var side = document.querySelector(".side");
  // below the head of the report less than the window's height is left for the contents
  var fit = function () {
    var sticky = getComputedStyle(side).position === "sticky";
    var left = window.innerHeight - Math.max(0, side.getBoundingClientRect().top);
    side.style.maxHeight = sticky ? Math.max(left, 120) + "px" : "";
  };
  window.addEventListener("scroll", fit, { passive: true });
  window.addEventListener("resize", fit);
  fit();
  var links = document.querySelectorAll(".side .wide a");
  if ("IntersectionObserver" in window) {
    var seen = {};
    // on a low screen the contents scroll by themselves: the current entry stays in sight
    var keep = function (link) {
      var box = side.getBoundingClientRect(), own = link.getBoundingClientRect();
      if (own.top < box.top + 24) side.scrollTop -= box.top + 24 - own.top;
      if (own.bottom > box.bottom - 24) side.scrollTop += own.bottom - box.bottom + 24;
    };
    var watch = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) { seen[entry.target.id] = entry.isIntersecting; });
      var current = null;
      links.forEach(function (link) {
        if (!current && seen[link.hash.slice(1)]) current = link;
      });
      if (current) {
        links.forEach(function (link) { link.removeAttribute("aria-current"); });
        current.setAttribute("aria-current", "true");
        keep(current);
      }
    }, { rootMargin: "0px 0px -65% 0px" });
    links.forEach(function (link) {
      var target = document.getElementById(link.hash.slice(1));
      if (target) watch.observe(target);
    });
  }
  document.querySelectorAll(".menu a").forEach(function (link) {
    link.addEventListener("click", function () { link.closest("details").open = false; });
  });
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details.open-in-print:not([open])").forEach(function (part) {
      part.open = true;
      part.dataset.opened = "";
    });
  });
  window.addEventListener("afterprint", function () {
    document.querySelectorAll("details[data-opened]").forEach(function (part) {
      part.open = false;
      delete part.dataset.opened;
    });
  });
})();
