/* Set the formulas below a node; what does that is loaded with the first one. */
export async function setFormulas(root) {
  const places = root.querySelectorAll(".math");
  if (!places.length) return;
  const { enhance } = await import("./maths.js");
  await Promise.all([...places].map(enhance));
}
