/* The block in the editor: its list as the server makes it, and its settings beside. */
(({ blocks, blockEditor, components, data, element, i18n, serverSideRender }) => {
  const { createElement: make, Fragment } = element;
  const { __ } = i18n;

  const choice = (label, value, options, onChange) =>
    make(components.SelectControl, {
      label,
      value,
      options: options.map(([name, text]) => ({ value: name, label: text })),
      onChange,
      __nextHasNoMarginBottom: true,
    });

  const edit = ({ attributes, setAttributes }) => {
    const postId = data.select("core/editor")?.getCurrentPostId();
    const urlQueryArgs = postId ? { post_id: postId } : {};
    const change = (name) => (value) => setAttributes({ [name]: value });
    const settings = make(
      components.PanelBody,
      { title: __("List", "recsys-news") },
      choice(
        __("Kind", "recsys-news"),
        attributes.kind,
        [
          ["related", __("Related news", "recsys-news")],
          ["inline", __("Links of the editors, then related news", "recsys-news")],
          ["most-read", __("Most read", "recsys-news")],
          ["trending", __("Trending", "recsys-news")],
          ["latest", __("Latest", "recsys-news")],
        ],
        change("kind"),
      ),
      make(components.RangeControl, {
        label: __("Length", "recsys-news"),
        value: Number(attributes.limit),
        min: 1,
        max: 20,
        onChange: (value) => setAttributes({ limit: String(value) }),
        __nextHasNoMarginBottom: true,
      }),
      make(components.TextControl, {
        label: __("Section", "recsys-news"),
        value: attributes.section,
        onChange: change("section"),
        __nextHasNoMarginBottom: true,
      }),
      make(components.ToggleControl, {
        label: __("Images", "recsys-news"),
        checked: attributes.thumbnails,
        onChange: change("thumbnails"),
        __nextHasNoMarginBottom: true,
      }),
    );
    return make(
      Fragment,
      null,
      make(blockEditor.InspectorControls, null, settings),
      make(
        "div",
        blockEditor.useBlockProps(),
        make(components.Disabled, null, make(serverSideRender, { block: "recsys-news/list", attributes, urlQueryArgs })),
      ),
    );
  };

  blocks.registerBlockType("recsys-news/list", { edit, save: () => null });
})(window.wp);
